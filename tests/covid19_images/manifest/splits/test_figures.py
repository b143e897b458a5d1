"""The figures find leaks that someone planted, whatever `group` and the ledger say."""

from dataclasses import replace

import pytest

from covid19_images.manifest.splits import figures
from tests.covid19_images.manifest.splits.test_place import row

TRAIN = replace(row("x/a", 1, "p"), split="train", group="1")
TEST = replace(row("x/b", 2, "q"), split="test", group="2")


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    found = figures([TRAIN, TEST], [("x/a", "x/c")], [TRAIN])
    assert found.leaks == 0
    assert found.images == {"train": 1, "test": 1}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("patients", {"patient_id": "x/p"}),
        ("files", {"sha256": "s1"}),
        ("pictures", {"pixels_sha256": "p1"}),
    ],
)
def test_a_planted_leak_is_counted(name: str, change: dict[str, str]) -> None:
    found = figures([TRAIN, replace(TEST, **change)])
    assert getattr(found, name) == 1
    assert found.leaks == 1


def test_copies_on_two_sides_are_counted() -> None:
    assert figures([TRAIN, TEST], [("x/a", "x/b")]).duplicates == 1


def test_a_picture_that_moved_is_counted() -> None:
    assert figures([replace(TRAIN, split="test")], before=[TRAIN]).moved == 1


def test_copies_are_not_counted_as_images() -> None:
    assert figures([TRAIN, replace(TEST, duplicate_of="x/a")]).images == {"train": 1}


def test_a_stratum_is_off_target_when_its_largest_group_does_not_explain_it() -> None:
    rows = [replace(row(f"x/{i}", i), split="train", group=str(i)) for i in range(20)]
    assert figures(rows).off_target == 1
    assert figures([replace(r, group="one") for r in rows]).off_target == 0
