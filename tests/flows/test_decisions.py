"""What a person decided about two pictures always wins."""

from pathlib import Path

import pytest

from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import encoded, picture, png
from tests.support.upstream import Upstream

DECISION = """
[[pairs]]
a = "{a}"
b = "{b}"
verdict = "{verdict}"
by = "a radiologist"
date = 2026-11-23
"""


@pytest.fixture
def begun(collection: Collection, upstream: Upstream) -> Collection:
    """A collection with a picture, a copy of it, and another picture."""
    original = picture(1, size=(320, 256))
    upstream.commit(
        {
            "images/a.png": encoded(original),
            "images/b.jpg": encoded(original, "JPEG", quality=60),
            "images/c.png": png(2),
        }
    )
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    collection.merge()
    assert collection.records("set", "main")["images/b.jpg"].duplicate_of == "set/images/a.png"
    return collection


def decide(collection: Collection, a: str, b: str, verdict: str) -> None:
    file = Path(collection.folder, "config", "decisions.toml")
    file.write_text(DECISION.format(a=a, b=b, verdict=verdict), encoding="utf-8")


def test_pictures_called_different_are_no_copies_though_nothing_moved_upstream(
    begun: Collection,
) -> None:
    decide(begun, "set/images/b.jpg", "set/images/a.png", "different")
    assert begun.night().proposal is not None
    assert begun.records("set")["images/b.jpg"].duplicate_of is None
    begun.merge()
    assert begun.night().proposal is None


def test_pictures_called_the_same_are_copies_and_share_a_group(begun: Collection) -> None:
    decide(begun, "set/images/c.png", "set/images/a.png", "same")
    begun.night()
    records = begun.records("set")
    assert records["images/c.png"].duplicate_of == "set/images/a.png"
    assert len({record.group for record in records.values()}) == 1
    assert ",person,2026-11-23" in begun.file("datasets/duplicates.csv")


def test_a_picture_can_be_named_by_its_image_id(begun: Collection) -> None:
    names = {path: r.image_id or "" for path, r in begun.records("set", "main").items()}
    decide(begun, names["images/b.jpg"], names["images/a.png"], "different")
    begun.night()
    assert begun.records("set")["images/b.jpg"].duplicate_of is None
