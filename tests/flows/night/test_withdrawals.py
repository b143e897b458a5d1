"""Nights in which an upstream withdraws a picture, over two sources that share it."""

from pathlib import Path

import pytest

from flows.night.run import Report
from tests.support.collection import SIMPLE, Collection
from tests.support.crossed import crossed
from tests.support.pictures import encoded, picture, png
from tests.support.put_back import put_back
from tests.support.upstream import Upstream

PICTURE = picture(1, size=(320, 256))
KEEP = """
[[keep]]
image = "merge/images/copy.jpg"
by = "a maintainer"
date = 2020-01-01
why = "the owner only tidied up"
"""
TAKEN_DOWN = """
[[exclude]]
image = "owner/images/1.png"
reason = "privacy"
date = 2026-11-23
by = "a maintainer"
"""


class Pair:
    """An owner's repository, and a merge that has copied a picture of it."""

    def __init__(self, folder: Path) -> None:
        self.collection = Collection(folder / "collection")
        self.owner, self.merge = (Upstream(folder / f"{n}.git") for n in ("owner", "merge"))
        for name, one in (("owner", self.owner), ("merge", self.merge)):
            self.collection.source(name, SIMPLE.format(url=one.url))

    def begin(self) -> None:
        self.owner.commit({"images/1.png": encoded(PICTURE), "images/2.png": png(2)})
        self.merge.commit({"images/other.png": png(3)})

    def copy(self) -> None:
        small = PICTURE.resize((240, 192))
        self.merge.commit({"images/copy.jpg": encoded(small, "JPEG", quality=90)})

    def withdraw(self) -> None:
        self.owner.commit({"images/1.png": None}, date="2020-05-28T00:00:00Z")

    def night(self, *names: str) -> Report:
        report = self.collection.night()
        if report.proposal:
            self.collection.merge()
        return report

    def statuses(self) -> dict[str, str]:
        rows = [
            row
            for name in ("owner", "merge")
            for row in self.collection.records(name, "main").values()
        ]
        return {row.key: row.status for row in rows}


def _begin(folder: Path) -> None:
    made = Pair(folder)
    made.begin()
    made.copy()
    made.night()


@pytest.fixture
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Both sources, imported, and the copy in the merge."""
    return Pair(put_back(tmp_path_factory, _begin))


EXPECTED = {
    "owner/images/1.png": "withdrawn",
    "owner/images/2.png": "active",
    "merge/images/copy.jpg": "held",
    "merge/images/other.png": "active",
}


def test_a_copy_is_held_the_same_night_and_the_proposal_says_why(pair: Pair) -> None:
    pair.withdraw()
    report = pair.night()
    assert pair.statuses() == EXPECTED
    assert report.proposal is not None
    assert report.proposal.title.endswith("; 1 picture held")
    assert "## Withdrawn pictures" in report.proposal.body
    assert "which owner withdrew: gone upstream since 2020-05-28" in report.proposal.body
    row = pair.collection.records("merge", "main")["images/copy.jpg"]
    assert (row.duplicate_of, row.split) == (None, "none")
    assert '"held": [\n' in pair.collection.file("datasets/CHANGES.json", "main")
    assert pair.night().proposal is None


@pytest.mark.parametrize("order", crossed([("copy", "withdraw"), ("withdraw", "copy")], fast=1))
def test_it_does_not_matter_whether_the_copy_or_the_withdrawal_is_seen_first(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    made = Pair(tmp_path)
    made.begin()
    made.night()
    for act in order:
        getattr(made, act)()
        made.night()
    assert made.statuses() == EXPECTED


def test_a_picture_that_comes_back_is_held_no_longer(pair: Pair) -> None:
    before = pair.statuses()
    pair.withdraw()
    pair.night()
    pair.owner.commit({"images/1.png": encoded(PICTURE)})
    report = pair.night()
    assert pair.statuses() == before
    assert report.proposal is not None
    assert "Held no longer" in report.proposal.body


@pytest.mark.parametrize("path", ["images/renamed.png", "images/better.jpg", "images/1.png"])
def test_a_rename_and_a_replacement_are_no_withdrawal(pair: Pair, path: str) -> None:
    gone = {"images/1.png": None} if path != "images/1.png" else {}
    content = (
        encoded(PICTURE)
        if path == "images/renamed.png"
        else encoded(PICTURE, "JPEG", quality=95)
        if path == "images/better.jpg"
        else encoded(PICTURE.resize((300, 240)))
    )
    pair.owner.commit({path: content, **gone})
    pair.night()
    assert "held" not in pair.statuses().values()


def test_a_person_lets_a_copy_stay(pair: Pair) -> None:
    pair.withdraw()
    pair.night()
    file = pair.collection.folder / "config" / "decisions.toml"
    file.write_text(KEEP, encoding="utf-8")
    pair.night()
    assert pair.statuses() == EXPECTED | {"merge/images/copy.jpg": "active"}
    assert pair.night().proposal is None


def test_a_takedown_holds_the_copies_in_every_source(pair: Pair) -> None:
    file = pair.collection.folder / "config" / "decisions.toml"
    file.write_text(TAKEN_DOWN, encoding="utf-8")
    pair.night()
    assert pair.statuses() == EXPECTED | {"owner/images/1.png": "excluded"}
    assert pair.night().proposal is None


def test_a_copy_that_comes_after_a_takedown_is_held_when_it_comes(tmp_path: Path) -> None:
    made = Pair(tmp_path)
    made.begin()
    made.night()
    file = made.collection.folder / "config" / "decisions.toml"
    file.write_text(TAKEN_DOWN, encoding="utf-8")
    made.night()
    made.copy()
    report = made.night()
    assert made.statuses() == EXPECTED | {"owner/images/1.png": "excluded"}
    assert report.proposal is not None
    assert [change.copies for change in report.changes] == [(), ()]


def test_a_keep_that_names_no_image_is_a_problem(pair: Pair) -> None:
    file = pair.collection.folder / "config" / "decisions.toml"
    file.write_text(KEEP.replace("copy.jpg", "copi.jpg"), encoding="utf-8")
    report = pair.night()
    problems = pair.collection.file("datasets/problems.csv", "main")
    assert "the wish to keep merge/images/copi.jpg matches no image" in problems
    assert report.proposal is not None


def test_what_a_pin_leaves_out_is_no_withdrawal(pair: Pair) -> None:
    first = pair.collection.file("datasets/sources.csv", "main")
    tip = pair.owner.tip()
    pair.owner.commit({"images/late.png": encoded(picture(9, size=(320, 256)))})
    pair.merge.commit({"images/late.jpg": encoded(picture(9, size=(320, 256)), "JPEG", quality=90)})
    pair.night()
    assert tip in first
    file = pair.collection.folder / "config" / "decisions.toml"
    pin = f'[[pin]]\nsource = "owner"\ncommit = "{tip}"\nby = "me"\ndate = 2026-11-23\n'
    file.write_text(pin, encoding="utf-8")
    pair.night()
    row = pair.collection.records("owner", "main")["images/late.png"]
    assert row.status == "withdrawn"
    assert row.status_reason == f"not in commit {tip[:12]}, where a person keeps the source"
    assert "held" not in pair.statuses().values()
