"""What is withdrawn is a picture: its copies are held in every source, and nothing else is."""

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covid19_images.manifest.record import Record
from flows.collection.duplicates import Pair
from flows.config.decisions import Decisions, Exclusion, Keep
from flows.night.compare.decided import apply_exclusions
from flows.night.compare.withdrawals import hold, released
from tests.support.examples import examples

GONE = "gone upstream since 2020-05-28"
DAY = dt.date(2026, 11, 26)
NOTHING = Decisions()
ORDER = {"owner": 1, "x": 2, "y": 3, "merge": 4, "merge-of-merge": 5, "a": 1, "b": 2, "c": 3}


def _row(key: str, status: str = "active", **cells: object) -> Record:
    source, _, path = key.partition("/")
    reason = GONE if status == "withdrawn" else "owner" if status == "excluded" else None
    row = Record(
        source=source,
        path=path,
        blob=f"{key.encode().hex():0<40}"[:40],
        image_id=f"c19-{key.encode().hex():0<16}"[:20],
    )
    return replace(row, status=status, status_reason=reason, **cells)  # type: ignore[arg-type]


def _pair(a: str, b: str, kind: str = "resized") -> Pair:
    return Pair(a=min(a, b), b=max(a, b), kind=kind)  # type: ignore[arg-type]


def _held(
    rows: Sequence[Record], pairs: Sequence[Pair], decisions: Decisions = NOTHING
) -> Mapping[str, str | None]:
    marked = hold(rows, pairs, decisions, order=ORDER)
    return {row.key: row.status_reason for row in marked if row.status == "held"}


def test_every_copy_of_what_an_owner_withdrew_is_held_with_who_what_and_when() -> None:
    rows = [
        _row("owner/1", "withdrawn"),
        _row("merge/1"),
        _row("merge-of-merge/1"),
        _row("merge/2"),
    ]
    pairs = [_pair("owner/1", "merge/1"), _pair("merge/1", "merge-of-merge/1")]
    held = _held(rows, pairs)
    assert held.keys() == {"merge/1", "merge-of-merge/1"}
    assert held["merge/1"] == (
        f"a copy or a part of owner/1 ({rows[0].image_id}), which owner withdrew: {GONE}"
    )


def test_a_path_that_may_tell_a_person_is_in_no_reason() -> None:
    gone = _row("owner/John_Smith.png", "withdrawn", privacy=("dated_name",))
    held = _held([gone, _row("merge/1")], [_pair(gone.key, "merge/1")])
    assert "Smith" not in str(held["merge/1"])
    assert f"owner/withheld/{gone.blob[:16]}.png" in str(held["merge/1"])


def test_equal_pixels_are_copies_also_where_no_pair_was_found() -> None:
    gone = _row("owner/1", "withdrawn")
    assert _held([gone, replace(_row("merge/1"), image_id=gone.image_id)], ()).keys() == {"merge/1"}


def test_blank_pictures_are_copies_of_nothing() -> None:
    gone = _row("owner/1", "withdrawn", quality=("blank",))
    other = replace(_row("merge/1"), image_id=gone.image_id, quality=("blank",))
    assert _held([gone, other], ()) == {}


def test_an_undecided_pair_holds_nothing() -> None:
    rows = [_row("owner/1", "withdrawn"), _row("merge/1")]
    assert _held(rows, [_pair("owner/1", "merge/1", "undecided")]) == {}


def test_composites_with_a_withdrawn_panel_are_held_and_their_other_panels_are_not() -> None:
    rows = [_row("owner/a", "withdrawn"), *map(_row, ("x/figure", "y/figure", "x/a", "x/b"))]
    pairs = [
        _pair("owner/a", "x/figure", "part"),
        _pair("x/figure", "y/figure"),
        _pair("owner/a", "x/a"),
        _pair("x/b", "x/figure", "part"),
    ]
    assert _held(rows, pairs).keys() == {"x/figure", "y/figure", "x/a"}


def test_every_panel_of_a_withdrawn_composite_is_held() -> None:
    rows = [_row("owner/figure", "withdrawn"), _row("x/a"), _row("x/b"), _row("y/b")]
    pairs = [
        _pair("owner/figure", "x/a", "part"),
        _pair("owner/figure", "x/b", "part"),
        _pair("x/b", "y/b"),
    ]
    assert _held(rows, pairs).keys() == {"x/a", "x/b", "y/b"}


@pytest.mark.parametrize("kind", ["bytes", "reencoded", "part"])
def test_a_source_that_still_has_a_copy_or_a_part_withdrew_nothing(kind: str) -> None:
    rows = [_row("owner/1", "withdrawn"), _row("owner/better"), _row("merge/1")]
    pairs = [_pair("owner/1", "owner/better", kind), _pair("owner/1", "merge/1")]
    assert _held(rows, pairs) == {}


@pytest.mark.parametrize("status", ["active", "quarantined"])
def test_a_collector_that_removes_its_copy_withdraws_nothing_the_owner_still_has(
    status: str,
) -> None:
    rows = [
        replace(_row("owner/1"), status=status, status_reason="its group is in two splits"),
        _row("merge/1", "withdrawn"),
        _row("merge-of-merge/1"),
    ]
    pairs = [_pair("owner/1", "merge/1"), _pair("merge/1", "merge-of-merge/1")]
    assert _held(rows, pairs) == {}


def test_an_owner_of_one_panel_keeps_it_where_a_collector_withdraws_the_figure() -> None:
    rows = [_row("owner/a"), _row("x/figure", "withdrawn"), _row("y/figure"), _row("merge/b")]
    pairs = [
        _pair("owner/a", "x/figure", "part"),
        _pair("x/figure", "y/figure"),
        _pair("merge/b", "x/figure", "part"),
    ]
    assert _held(rows, pairs).keys() == {"y/figure", "merge/b"}


def test_a_takedown_of_a_collectors_copy_is_one_of_the_picture() -> None:
    rows = [_row("owner/1"), _row("merge/1", "excluded")]
    decisions = Decisions(exclude=(_excluded("merge/1"),))
    assert _held(rows, [_pair("owner/1", "merge/1")], decisions).keys() == {"owner/1"}


def test_a_copy_that_its_source_withdrew_later_than_the_owner_holds_the_rest() -> None:
    rows = [_row("owner/1", "withdrawn"), _row("merge/1", "withdrawn"), _row("merge-of-merge/1")]
    pairs = [_pair("owner/1", "merge/1"), _pair("merge/1", "merge-of-merge/1")]
    assert _held(rows, pairs).keys() == {"merge-of-merge/1"}


def test_what_our_own_rules_left_out_is_no_withdrawal() -> None:
    gone = replace(_row("owner/1", "withdrawn"), status_reason="no longer configured")
    assert _held([gone, _row("merge/1")], [_pair("owner/1", "merge/1")]) == {}


def _excluded(image: str, date: dt.date = DAY) -> Exclusion:
    return Exclusion(image=image, reason="privacy", date=date, by="a maintainer")


def _keep(image: str, date: dt.date = DAY) -> Keep:
    return Keep(image=image, by="a maintainer", date=date, why="renamed")


def test_a_takedown_that_is_taken_back_frees_every_copy() -> None:
    rows, pairs = [_row("owner/1", "excluded"), _row("merge/1")], [_pair("owner/1", "merge/1")]
    marked = hold(rows, pairs, Decisions(exclude=(_excluded("owner/1"),)), order=ORDER)
    assert [row.status for row in marked] == ["excluded", "held"]
    freed = apply_exclusions(map(released, marked), ())
    assert [row.status for row in hold(freed, pairs, NOTHING, order=ORDER)] == ["active"] * 2


def test_a_takedown_holds_every_copy_and_says_of_it_what_releases_say() -> None:
    rows = [_row("owner/a.name.png", "excluded"), _row("owner/b"), _row("merge/1")]
    pairs = [_pair(rows[0].key, "merge/1"), _pair(rows[0].key, "owner/b")]
    held = _held(rows, pairs, Decisions(exclude=(_excluded(rows[0].key),)))
    assert held.keys() == {"owner/b", "merge/1"}
    assert held["merge/1"] == (
        f"a copy or a part of {rows[0].image_id}, which was taken down on 2026-11-26 (privacy)"
    )


@pytest.mark.parametrize("name", [lambda r: r.key, lambda r: r.image_id])
def test_a_person_lets_a_copy_stay_and_the_others_are_held(name: Callable[[Record], str]) -> None:
    rows = [_row("owner/1", "withdrawn"), _row("merge/1"), _row("merge/2")]
    pairs = [_pair("owner/1", "merge/1"), _pair("owner/1", "merge/2")]
    decisions = Decisions(keep=(_keep(name(rows[1]), dt.date(2020, 1, 1)),))
    assert _held(rows, pairs, decisions).keys() == {"merge/2"}


@pytest.mark.parametrize(("days", "held"), [(-1, set()), (0, set()), (1, {"merge/1"})])
def test_a_takedown_after_a_keep_asks_anew(days: int, held: set[str]) -> None:
    rows = [_row("owner/1", "excluded"), _row("merge/1")]
    taken_down = _excluded("owner/1", DAY + dt.timedelta(days=days))
    decisions = Decisions(exclude=(taken_down,), keep=(_keep("merge/1"),))
    assert _held(rows, [_pair("owner/1", "merge/1")], decisions).keys() == held


KEYS = [f"{source}/{i}" for source in "abc" for i in range(3)]


@st.composite
def _worlds(draw: st.DrawFn) -> tuple[list[Record], list[Pair]]:
    statuses = st.sampled_from(["active", "active", "withdrawn", "excluded", "refused"])
    rows = [_row(key, draw(statuses)) for key in KEYS]
    rows = [replace(r, status_reason="x") if r.status == "refused" else r for r in rows]
    ends = st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS)).filter(lambda p: p[0] < p[1])
    kinds = st.sampled_from(["bytes", "resized", "part", "undecided"])
    pairs = draw(st.dictionaries(ends, kinds, max_size=10))
    return rows, [_pair(a, b, kind) for (a, b), kind in pairs.items()]


@settings(max_examples=examples(200), deadline=None)
@given(_worlds(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_pairs_does_not_matter(
    world: tuple[list[Record], list[Pair]], chance: random.Random
) -> None:
    rows, pairs = world
    shuffled = chance.sample(rows, len(rows)), chance.sample(pairs, len(pairs))
    assert sorted(hold(*shuffled, Decisions(), order=ORDER), key=lambda r: r.key) == list(
        hold(rows, pairs, Decisions(), order=ORDER)
    )


@settings(max_examples=examples(200), deadline=None)
@given(_worlds())
def test_only_active_rows_are_held_and_releasing_them_gives_back_what_was(
    world: tuple[list[Record], list[Pair]],
) -> None:
    rows, pairs = world
    held = hold(rows, pairs, Decisions(), order=ORDER)
    assert tuple(map(released, held)) == tuple(rows)
    assert hold(tuple(map(released, held)), pairs, Decisions(), order=ORDER) == held
    assert all(now == was for was, now in zip(rows, held, strict=True) if now.status != "held")
