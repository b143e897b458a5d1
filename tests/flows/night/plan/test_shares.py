"""Shares of a source that may change at once: at the limit nobody asks, one beyond waits."""

from dataclasses import replace

import pytest

from covid19_images.manifest.record import Record
from covid19_images.manifest.table import Change
from flows.config.expect import Expect
from flows.config.policy import Policy
from flows.night.plan.gates import beyond_shares, outside
from flows.proposal.changes import RowChanges

ROWS = tuple(Record(source="set", path=f"images/{n}.png", blob="0" * 40) for n in range(50))
NOTHING = RowChanges((), (), (), (), ())
LIMIT = 10  # a fifth of fifty


def _relabelled(count: int) -> RowChanges:
    changes = tuple(Change(row, replace(row, sex="F")) for row in ROWS[:count])
    return replace(NOTHING, relabelled=changes)


def _removed(count: int) -> RowChanges:
    return replace(NOTHING, removed=ROWS[:count])


def _refused(count: int) -> RowChanges:
    refused = tuple(replace(row, status="refused") for row in ROWS[:count])
    return replace(NOTHING, added=(*refused, *ROWS[count:]))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (_removed, "11 of 50 images are gone upstream"),
        (_relabelled, "11 of 50 images have other labels now"),
        (_refused, "11 of 50 new files cannot be read"),
    ],
)
def test_the_limit_itself_passes_and_one_more_waits(changed, words):
    assert beyond_shares(Policy(), changed(LIMIT), ROWS) == ()
    assert beyond_shares(Policy(), changed(LIMIT + 1), ROWS) == (words,)


@pytest.mark.parametrize("changed", [_removed, _relabelled])
def test_three_images_of_a_small_source_ask_nobody_and_four_do(changed):
    assert beyond_shares(Policy(), changed(3), ROWS[:4]) == ()
    assert len(beyond_shares(Policy(), changed(4), ROWS[:4])) == 1


@pytest.mark.parametrize(
    ("expect", "changed"),
    [
        (Expect(max_removed=7), _removed),
        (Expect(max_changed=7), _relabelled),
        (Expect(max_new=50), lambda n: replace(NOTHING, added=(*ROWS, *ROWS)[: 43 + n])),
    ],
)
def test_a_bound_itself_passes_and_one_more_waits(expect, changed):
    assert outside(expect, changed(7), ROWS, ROWS) == ()
    assert len(outside(expect, changed(8), ROWS, ROWS)) == 1


def test_as_many_images_as_there_must_be_are_enough():
    assert outside(Expect(min_images=50), NOTHING, ROWS, ROWS) == ()
    assert len(outside(Expect(min_images=50), NOTHING, ROWS, ROWS[1:])) == 1
