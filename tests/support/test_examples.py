"""A test that draws another number of examples draws the same share of it in `make test`."""

import pytest
from hypothesis import settings

from tests.support.examples import examples


@pytest.mark.parametrize(
    ("profile", "asked", "drawn"),
    [("ours", 400, 400), ("quick", 400, 100), ("ours", 2, 2), ("quick", 2, 2), ("quick", 12, 3)],
)
def test_the_profile_says_how_many(profile: str, asked: int, drawn: int):
    before = settings.get_current_profile_name()
    settings.load_profile(profile)
    try:
        assert examples(asked) == drawn
    finally:
        settings.load_profile(before)
