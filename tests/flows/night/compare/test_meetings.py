"""Which blocks meet, and that new pictures of several blocks meet the others together."""

from collections import Counter
from functools import cache
from itertools import combinations_with_replacement
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covid19_images.duplicates.blocks import Block, cut, exchanged, meet
from covid19_images.duplicates.features import Features, Panel
from flows.decoding import blocks
from flows.night.compare import meetings
from flows.night.compare.kept import Kept
from flows.sandbox.base import Compute
from flows.sandbox.clock import Pace
from tests.support.examples import examples

_PICTURES = 15


def _features(number):
    """Return features of few words, so that pictures share some; every fourth one is a figure."""
    drawn = np.random.default_rng(number)
    codes = drawn.integers(0, 4, (20, 24)).astype(np.uint8) * 85
    panels = (Panel(0, 0, 9, 9, 8), Panel(9, 0, 9, 9, 12)) if number % 4 == 3 else ()
    return Features(np.zeros((20, 2), np.uint16), codes, b"", panels)


_FEATURES = {f"{number:040x}": _features(number) for number in range(_PICTURES)}
_HASHES = {blob: f"{0x55 << int(blob, 16):064x}" for blob in _FEATURES} | {f"{4:040x}": None}


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "MOST_OWNERS", 5)
        folder = tmp_path_factory.mktemp("blocks")
        return blocks.covering(folder, _HASHES, lambda some: {at: _FEATURES[at] for at in some})


@cache
def _signs(left, right):
    return meet(left.open(), right.open()).tolist()


def _plain(stored, fresh):
    """Return the signs of all pairs: once for each that is new, or once where a block is new."""
    found = Counter()
    for left, right in combinations_with_replacement(stored, 2):
        whole = fresh.issuperset(left.blobs) or fresh.issuperset(right.blobs)
        for a, b, what, count in _signs(left, right):
            sign = left.blobs[a], right.blobs[b], what, count
            found[sign] += whole or (sign[0] in fresh) + (sign[1] in fresh)
    return +found


def _found(stored, fresh, folder, **compute):
    pace = Pace("search", lambda _: None)
    kept = Kept(folder)
    return Counter(meetings.search(stored, fresh, Compute(**compute), kept, pace))


@given(st.sets(st.sampled_from(sorted(_FEATURES))), st.sampled_from([2, 6, 8192]))
@settings(deadline=None, max_examples=examples(20))
def test_whatever_is_new_each_pair_is_found_that_the_blocks_find(stored, fresh, most):
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(meetings, "MOST_OWNERS", most)
        assert _found(stored, fresh, Path(folder)) == _plain(stored, fresh)


def test_new_pictures_of_several_blocks_are_sought_in_each_block_once(stored):
    fresh = frozenset(one.blobs[0] for one in stored)
    met = list(meetings._meetings(stored, fresh))
    assert len(stored) > 2
    assert [meeting.right for meeting in met] == stored
    assert {meeting.left.blobs for meeting in met} == {tuple(one.blobs[0] for one in stored)}


def test_blocks_that_are_new_meet_all_others_and_are_kept(stored):
    met = list(meetings._meetings(stored, frozenset([*stored[0].blobs, stored[1].blobs[0]])))
    named = [meeting for meeting in met if meeting.name]
    assert {(meeting.left, meeting.right) for meeting in named} == {
        (stored[0], one) for one in stored
    }
    assert [meeting.right for meeting in met if not meeting.name] == stored[1:]


@pytest.mark.slow
@pytest.mark.parametrize("runner", ["processes", "dask"])
def test_workers_find_the_same_for_new_pictures_of_several_blocks(
    stored, tmp_path, monkeypatch, runner
):
    monkeypatch.setattr(meetings, "_FEW_PAIRS", 0)
    fresh = frozenset([*stored[0].blobs, stored[1].blobs[0], stored[2].blobs[1]])
    assert _found(stored, fresh, tmp_path, runner=runner, workers=2) == _plain(stored, fresh)


def test_a_block_of_some_pictures_finds_what_they_find_in_the_whole():
    every = Block.of([(_HASHES[blob], one) for blob, one in _FEATURES.items()])
    wanted = np.isin(np.arange(_PICTURES), (1, 3, 4, 7, 14))
    numbers = np.flatnonzero(wanted)
    found = meet(every.only(wanted), every)
    found[:, 0] = numbers[found[:, 0]]
    whole = meet(every, every)
    assert sorted(found.tolist()) == sorted(whole[wanted[whole[:, 0]]].tolist())
    back = exchanged(meet(every, every.only(wanted)))
    back[:, 0] = numbers[back[:, 0]]
    assert sorted(back.tolist()) == sorted(exchanged(whole[wanted[whole[:, 1]]]).tolist())


def test_a_picture_with_more_panels_than_fit_is_cut_off_alone_and_nothing_before_it():
    parts = [(part.start, part.stop) for part in cut([9, 1, 2, 9, 1], 3)]
    assert parts == [(0, 1), (1, 3), (3, 4), (4, 5)]
