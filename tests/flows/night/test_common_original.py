"""Two crops of one picture that share too little: only their original says that they are copies."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from covid19_images.duplicates.engine import find
from covid19_images.duplicates.found import found_among
from covid19_images.manifest.record import Record
from flows.night.run import Report
from tests.covid19_images.duplicates.pictures import item
from tests.support.collection import SIMPLE, Collection
from tests.support.crossed import crossed
from tests.support.pictures import encoded, picture, png
from tests.support.upstream import Upstream

ORIGINAL = picture(5, size=(320, 256))
LEFT, RIGHT = ORIGINAL.crop((0, 0, 208, 256)), ORIGINAL.crop((112, 0, 320, 256))
SHOWN = {"original": ORIGINAL, "left": LEFT, "right": RIGHT}
DATES = {"left": "2020-03-01", "original": "2020-03-02", "right": "2020-03-03"}
ARRIVALS = [
    acts
    for acts in permutations(["left", "right", "original", "gone"])
    if acts.index("original") < acts.index("gone")
]
AT_ONCE = ("left right original", "gone")
DECIDED = 'by = "a maintainer"\ndate = 2026-11-23\n'


class World:
    """Three sources, of which one is the nearest to the owner, and their nights."""

    def __init__(self, folder: Path, order: str) -> None:
        self.collection = Collection(folder / "collection")
        self.upstreams = {name: Upstream(folder / f"{name}.git") for name in SHOWN}
        for place, name in enumerate(order.split(), 1):
            toml = SIMPLE.format(url=self.upstreams[name].url)
            self.collection.source(name, toml.replace("order = 1", f"order = {place}"))
            self.upstreams[name].commit({}, date="2020-02-01T00:00:00Z")

    def night(self, acts: str) -> Report:
        for act in acts.split():
            if act == "gone":
                self.commit("original", None, "2020-05-28")
            else:
                self.commit(act, encoded(SHOWN[act]), DATES[act])
        report = self.collection.night()
        if report.proposal:
            self.collection.merge()
        return report

    def commit(self, name: str, content: bytes | None, day: str) -> None:
        self.upstreams[name].commit({"images/1.png": content}, date=f"{day}T00:00:00Z")

    def decide(self, *tables: str) -> None:
        file = self.collection.folder / "config" / "decisions.toml"
        file.write_text("\n".join(table + DECIDED for table in tables), encoding="utf-8")

    def rows(self, *names: str) -> list[Record]:
        return [self.collection.records(name, "main")["images/1.png"] for name in names]


def _together(rows: list[Record]) -> None:
    assert len({row.group for row in rows}) == 1
    assert rows[0].group is not None
    assert len({row.split for row in rows} - {"none"}) <= 1


def test_a_folder_of_them_knows_the_crops_by_their_original() -> None:
    items = {name: item(name, np.asarray(one)) for name, one in SHOWN.items()}
    assert find([items["left"], items["right"]], []) == []
    found = found_among(items)
    assert {(pair.a, pair.b) for pair in found.pairs} == {
        ("left", "original"),
        ("original", "right"),
    }
    assert {key: copy.of for key, copy in found.copies.items()} == {
        "left": "original",
        "right": "original",
    }


@pytest.mark.parametrize("acts", crossed([AT_ONCE, *ARRIVALS], fast=3))
def test_the_crops_stay_copies_when_a_collector_removes_the_original(
    tmp_path: Path, acts: tuple[str, ...]
) -> None:
    world = World(tmp_path, "left right original")
    for act in acts:
        world.night(act)
    left, right, original = world.rows("left", "right", "original")
    assert original.status == "withdrawn"
    assert {left.status, right.status} <= {"active", "quarantined"}
    assert (left.duplicate_of, left.duplicate_kind) == (None, None)
    assert (right.duplicate_of, right.duplicate_kind) == ("left/images/1.png", "cropped")
    _together([left, right, original])
    assert world.collection.night().proposal is None


@pytest.mark.parametrize("acts", crossed([AT_ONCE, *ARRIVALS], fast=3))
def test_both_crops_are_held_when_the_owner_withdraws_the_original(
    tmp_path: Path, acts: tuple[str, ...]
) -> None:
    world = World(tmp_path, "original left right")
    for act in acts:
        world.night(act)
    left, right, original = world.rows("left", "right", "original")
    assert [row.status for row in (original, left, right)] == ["withdrawn", "held", "held"]
    _together([left, right, original])


def test_crops_that_may_stay_after_a_takedown_stay_copies(tmp_path: Path) -> None:
    world = World(tmp_path, "original left right")
    world.night("left original")
    taken = '[[exclude]]\nimage = "original/images/1.png"\nreason = "privacy"\n'
    keep = '[[keep]]\nimage = "{}/images/1.png"\nwhy = "asked"\n'
    world.decide(taken, keep.format("left"), keep.format("right"))
    world.night("")
    world.night("right")
    left, right, original = world.rows("left", "right", "original")
    assert [row.status for row in (original, left, right)] == ["excluded", "active", "active"]
    assert (left.duplicate_of, right.duplicate_of) == (None, "left/images/1.png")
    _together([left, right, original])


@pytest.mark.parametrize("lost", ["cache", "source"])
def test_a_crop_that_comes_late_finds_the_other_by_what_is_kept_of_the_original(
    tmp_path: Path, lost: str
) -> None:
    world = World(tmp_path, "left right original")
    world.night("left original")
    world.night("gone")
    if lost == "cache":
        world.collection.forget()
    else:
        world.upstreams["original"].folder.rename(tmp_path / "away.git")
    world.night("right")
    left, right = world.rows("left", "right")
    assert (left.duplicate_of, right.duplicate_of) == (None, "left/images/1.png")
    _together([left, right])


def test_an_original_that_cannot_be_had_again_is_a_problem(tmp_path: Path) -> None:
    world = World(tmp_path, "left right original")
    world.night("left original")
    world.night("gone")
    world.collection.forget()
    world.upstreams["original"].folder.rename(tmp_path / "away.git")
    world.night("right")
    assert world.rows("right")[0].duplicate_of is None
    problems = world.collection.file("datasets/problems.csv", "main")
    assert "original,images/1.png,,not_compared" in problems
    (tmp_path / "away.git").rename(world.upstreams["original"].folder)
    world.upstreams["left"].commit({"images/2.png": png(2)})
    world.night("")
    left, right = world.rows("left", "right")
    assert right.duplicate_of == "left/images/1.png"
    _together([left, right])


def test_crops_stay_on_one_side_when_a_person_removes_the_source_of_their_original(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, "original left right")
    world.night("left right original")
    before = [row.split for row in world.rows("left", "right")]
    (world.collection.folder / "config" / "sources" / "original.toml").unlink()
    world.night("")
    left, right = world.rows("left", "right")
    assert [left.split, right.split] == before
    assert len(set(before)) == 1
    assert (left.duplicate_of, right.duplicate_of) == (None, None)
