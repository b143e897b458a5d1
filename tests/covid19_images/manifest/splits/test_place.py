"""Groups never straddle, nothing that is placed moves, and the order of rows does not show."""

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covid19_images.duplicates.clusters import Link, groups
from covid19_images.manifest.record import Record
from covid19_images.manifest.splits import (
    TARGETS,
    Assigned,
    Placed,
    assign,
    dumps,
    figures,
    without_quarantine,
)
from tests.support.examples import examples

DAY = dt.date(2020, 3, 24)


def row(key: str, picture: int | str, patient: str | None = None, **values: object) -> Record:
    source, _, path = key.partition("/")
    plain = {
        "image_id": f"c19-{picture:04}" if isinstance(picture, int) else picture,
        "pixels_sha256": f"p{picture}",
        "sha256": f"s{picture}",
        "modality": "XR",
        "finding": ("COVID-19",),
        "patient_id": f"{source}/{patient}" if patient else None,
    }
    return Record(source=source, path=path, blob=f"b{picture}", **(plain | values))  # type: ignore[arg-type]


def night(
    rows: Iterable[Record],
    links: Sequence[tuple[str, str]] = (),
    before: Assigned | None = None,
) -> Assigned:
    """Group and split, as a night does."""
    plain = [without_quarantine(record) for record in rows]
    found = [Link(*sorted(pair), "resized") for pair in links]
    grouped = groups(plain, found)
    named = [replace(record, group=grouped.get(record.key)) for record in plain]
    held = before.records if before else ()
    contents = {record.key: record.image_id for record in held if record.image_id}
    return assign(named, before.ledger if before else (), before=contents, since=DAY)


def split(assigned: Assigned) -> dict[str, str | None]:
    return {record.key: record.split for record in assigned.records}


def test_seven_in_ten_train_one_validates_two_test() -> None:
    placed = night(row(f"x/{i}", i) for i in range(1000))
    assert Counter(split(placed).values()) == {"train": 700, "validation": 100, "test": 200}


def test_every_stratum_is_balanced_by_itself() -> None:
    rows = [
        row(f"{s}/{i}{f}", f"c19-{s}{i}{f}", finding=(f,))
        for s in "xy"
        for f in ("COVID-19", "No finding")
        for i in range(20)
    ]
    placed = night(rows)
    sizes = Counter((r.source, r.finding, r.split) for r in placed.records)
    assert set(sizes.values()) == {14, 2, 4}
    assert figures(placed.records).off_target == 0


def test_pictures_with_several_findings_are_balanced_by_each_of_them() -> None:
    random_ = random.Random(1)
    words = [f"finding {i}" for i in range(12)]
    rows = [
        row(f"x/{i}", i, patient=str(i // 3), finding=tuple(random_.sample(words, 2)))
        for i in range(1200)
    ]
    placed = night(rows)
    for word in words:
        held = Counter(r.split for r in placed.records if word in r.finding)
        for side, share in TARGETS.items():
            assert abs(held[side] / held.total() - share) < 0.03


def test_a_patients_pictures_stay_together() -> None:
    placed = night(row(f"x/{i}", i, patient=str(i % 7)) for i in range(70))
    sides = {
        r.patient_id: {s.split for s in placed.records if s.patient_id == r.patient_id}
        for r in placed.records
    }
    assert all(len(found) == 1 for found in sides.values())


def _apart() -> Assigned:
    """Ten single pictures: some train, some test."""
    return night(row(f"x/{i}", i) for i in range(10))


def _one(assigned: Assigned, side: str) -> str:
    return min(key for key, found in split(assigned).items() if found == side)


@pytest.mark.parametrize(
    ("first", "other", "wins"),
    [
        ("train", "test", "test"),
        ("train", "validation", "validation"),
        ("validation", "test", "test"),
    ],
)
def test_a_late_link_moves_nothing_and_quarantines_the_side_that_was_not_held_out(
    first: str, other: str, wins: str
) -> None:
    before = _apart()
    a, b = _one(before, first), _one(before, other)
    linking = row("y/link", 99)
    after = night([*before.records, linking], [(a, "y/link"), (b, "y/link")], before)
    now = {record.key: record for record in after.records}
    assert now["y/link"].split == wins == now[b].split
    assert (now[a].status, now[a].split) == ("quarantined", "none")
    assert now[a].split_reason == f"placed in {first}, then linked with {b}, which is in {wins}"
    assert now[a].status_reason == now[a].split_reason
    untouched = {key: side for key, side in split(before).items() if key != a}
    assert untouched.items() <= split(after).items()
    assert figures(after.records, [(a, "y/link"), (b, "y/link")], before.records).leaks == 0


def test_a_link_taken_back_lifts_the_quarantine_and_nothing_has_moved() -> None:
    before = _apart()
    pair = (_one(before, "train"), _one(before, "test"))
    linked = night(before.records, [pair], before)
    assert figures(linked.records).quarantined == 1
    assert night(linked.records, [], linked) == before


def test_a_quarantined_night_run_again_is_the_same() -> None:
    before = _apart()
    pair = (_one(before, "train"), _one(before, "test"))
    linked = night(before.records, [pair], before)
    assert night(linked.records, [pair], linked) == linked


def test_a_picture_that_is_removed_and_comes_back_is_where_it_was() -> None:
    before = _apart()
    gone = night([r for r in before.records if r.key != "x/3"], before=before)
    assert gone.ledger == before.ledger
    again = night([*gone.records, row("other/name", 3)], before=gone)
    assert split(again)["other/name"] == split(before)["x/3"]


def test_a_file_that_changes_in_place_stays_where_it_was() -> None:
    before = _apart()
    for key, side in split(before).items():
        changed = [row(key, 500) if r.key == key else r for r in before.records]
        assert split(night(changed, before=before))[key] == side


def test_the_patient_of_a_tombstone_still_binds() -> None:
    before = night([*(row(f"x/{i}", i) for i in range(9)), row("x/p", 50, patient="p")])
    rows = [
        replace(r, status="withdrawn", status_reason="gone") if r.key == "x/p" else r
        for r in before.records
    ]
    after = night([*rows, row("x/q", 51, patient="p")], before=before)
    assert split(after)["x/q"] == split(before)["x/p"]
    assert split(after)["x/p"] == "none"


def test_blank_pictures_are_in_no_split_and_join_nobody() -> None:
    rows = [row(f"x/{i}", 7, patient=str(i), quality=("blank",)) for i in range(5)]
    rows += [row(f"x/own{i}", 10 + i, patient=str(i)) for i in range(5)]
    placed = night(rows)
    assert {split(placed)[f"x/{i}"] for i in range(5)} == {"none"}
    assert len({record.group for record in placed.records}) == 5
    assert len(placed.ledger) == 5


def test_rows_without_pixels_have_no_split() -> None:
    pointer = row("x/lfs", 1, image_id=None, pixels_sha256=None, status="pointer")
    assert split(night([pointer])) == {"x/lfs": None}


def test_excluded_and_withdrawn_rows_are_in_none_and_keep_their_line() -> None:
    before = _apart()
    rows = [replace(r, status="excluded") if r.key == "x/0" else r for r in before.records]
    after = night(rows, before=before)
    assert split(after)["x/0"] == "none"
    assert after.ledger == before.ledger


@dataclass(frozen=True)
class World:
    """Rows of several sources, and links between them."""

    rows: tuple[Record, ...]
    links: tuple[tuple[str, str], ...]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    count = draw(st.integers(2, 24))
    rows = [
        row(
            f"{draw(st.sampled_from('abc'))}/{i}",
            draw(st.integers(0, 20)),
            draw(st.sampled_from([None, "1", "2", "3"])),
            finding=draw(st.sampled_from([(), ("COVID-19",), ("No finding", "SARS")])),
            status=draw(st.sampled_from(["active", "active", "active", "withdrawn", "excluded"])),
        )
        for i in range(count)
    ]
    keys = st.sampled_from(sorted(r.key for r in rows))
    links = draw(st.lists(st.tuples(keys, keys).filter(lambda p: p[0] != p[1]), max_size=8))
    return World(tuple(rows), tuple(links))


@settings(max_examples=examples(200), deadline=None)
@given(worlds(), st.data())
def test_whatever_arrives_no_group_straddles_and_nothing_moves(
    world: World, data: st.DataObject
) -> None:
    row_night = {r.key: data.draw(st.integers(0, 3)) for r in world.rows}
    link_night = {pair: data.draw(st.integers(0, 3)) for pair in world.links}
    before = Assigned((), ())
    for day in range(4):
        rows = [r for r in world.rows if row_night[r.key] <= day]
        here = {r.key for r in rows}
        links = [p for p in world.links if link_night[p] <= day and set(p) <= here]
        after = night(rows, links, before)
        counted = figures(after.records, links, before.records)
        assert counted.leaks == 0
        sides: dict[str | None, set[str | None]] = {}
        for record in after.records:
            if record.split in TARGETS:
                sides.setdefault(record.group, set()).add(record.split)
        assert all(len(found) == 1 for found in sides.values())
        assert dumps(after.ledger).startswith(dumps(before.ledger))
        before = after


@settings(max_examples=examples(100), deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_any_order_of_sources_and_rows_gives_the_same(world: World, order: random.Random) -> None:
    mixed = order.sample(world.rows, len(world.rows))
    assert split(night(mixed, world.links)) == split(night(world.rows, world.links))
    assert night(mixed, world.links).ledger == night(world.rows, world.links).ledger


@settings(max_examples=examples(50), deadline=None)
@given(worlds())
def test_a_second_night_with_the_same_rows_changes_nothing(world: World) -> None:
    once = night(world.rows, world.links)
    assert night(once.records, world.links, once) == once


def test_a_placed_picture_stays_also_where_its_stratum_is_full() -> None:
    ledger = [Placed(f"c19-{i:04}", "test", DAY) for i in range(10)]
    rows = [row(f"x/{i}", i) for i in range(10)]
    assert set(split(assign(rows, ledger)).values()) == {"test"}


def test_augmented_pictures_are_never_held_out_not_even_without_their_originals() -> None:
    lone = [row(f"x/{i}", i, quality=("augmented",)) for i in range(100)]
    assert Counter(split(night(lone)).values()) == {"train": 100}
    pairs = [(f"x/{i}", f"x/{i}-turned") for i in range(100)]
    rows = [row(f"x/{i}", i) for i in range(100)]
    turned = [row(f"x/{i}-turned", 1000 + i, quality=("augmented",)) for i in range(100)]
    copies = [replace(r, duplicate_of=r.key.removesuffix("-turned")) for r in turned]
    first = night([*rows, *copies], pairs)
    assert Counter(split(first)[one.key] for one in rows).keys() == set(TARGETS)
    assert {split(first)[one.key] for one in copies} == {"train", "none"}
    later = night(turned, before=first)
    assert {split(later)[one.key] for one in turned} == {"train", "none"}
    held = [r for r in later.records if r.split == "none"]
    assert all("an augmented picture" in str(r.split_reason) for r in held)


@given(st.sets(st.integers(0, 30)))
def test_a_source_for_training_only_is_never_held_out(shared: set[int]) -> None:
    rows = [row(f"own/{i}", i) for i in range(31)] + [row(f"x/{i}", i) for i in sorted(shared)]
    free = assign(rows, (), since=DAY)
    for before in ((), free.ledger):
        placed = assign(rows, before, since=DAY, train_only={"own"})
        sides = {r.split for r in placed.records if r.source == "own"}
        assert sides <= {"train", "none"}
        assert placed.ledger[: len(before)] == tuple(before)
    assert {r.split for r in assign(rows, (), train_only={"own"}).records} <= {"train"}
