from functools import cache
from itertools import pairwise

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from covid19_images.duplicates import Same, copies, decide, find, links
from tests.covid19_images.duplicates.pictures import item, tissue
from tests.support.examples import examples


@cache
def _world():
    """Five pictures with copies of copies, a blank one and two equal files."""
    base = [tissue(seed) for seed in range(5)]
    pictures = {
        "own/0": base[0],
        "own/1": base[1],
        "own/2": base[2],
        "own/3": base[3],
        "col/0-small": cv2.resize(base[0], (200, 230), interpolation=cv2.INTER_AREA),
        "col/0-flipped": np.ascontiguousarray(base[0][:, ::-1]),
        "col/0-turned": cv2.rotate(base[0], cv2.ROTATE_90_CLOCKWISE),
        "col/1-negative": 255 - base[1],
        "col/1-crop": np.ascontiguousarray(base[1][20:-40, 20:-10]),
        "fig/whole": np.vstack([np.hstack(base[:2]), np.hstack(base[2:4])]),
    }
    items = [item(key, grey) for key, grey in pictures.items()]
    blank = np.zeros((200, 200), np.uint8)
    items += [item(f"own/blank-{n}", blank, sha256="0", quality=("blank",)) for n in range(2)]
    items += [item(f"col/plain-{n}", blank, sha256="1") for n in range(2)]
    return {one.key: one for one in items}


ORDER = {"own": 0, "fig": 1, "col": 2}


@cache
def _batch():
    return tuple(find([*_world().values()], []))


def test_copies_of_all_kinds_are_found_and_nothing_else():
    kinds = {(p.a, p.b): p.verdict.kind for p in _batch() if isinstance(p.verdict, Same)}
    assert kinds["col/0-small", "own/0"] == "resized"
    assert kinds["col/0-flipped", "own/0"] == "flipped"
    assert kinds["col/0-turned", "own/0"] == "rotated"
    assert kinds["col/1-negative", "own/1"] == "adjusted"
    assert kinds["col/1-crop", "own/1"] == "cropped"
    assert kinds["col/plain-0", "col/plain-1"] == "bytes"
    assert {kinds["fig/whole", f"own/{n}"] for n in range(4)} == {"part"}
    base = {key: key[4:5] for key in _world()}
    assert all("fig/whole" in pair or base[pair[0]] == base[pair[1]] for pair in kinds)


def test_the_search_says_what_deciding_each_pair_says():
    for pair in _batch():
        assert decide(_world()[pair.b], _world()[pair.a]) == pair.verdict


@given(
    st.deferred(lambda: st.permutations(sorted(_world()))),
    st.lists(st.integers(0, 14), max_size=4),
)
@settings(deadline=None, max_examples=examples(15))
def test_any_order_of_arrival_in_any_number_of_nights_gives_the_same(order, cuts):
    pairs, held = [], []
    bounds = [0, *sorted(cuts), len(order)]
    for start, end in pairwise(bounds):
        night = [_world()[key] for key in order[start:end]]
        pairs += find(night, held)
        held += night
    assert sorted(pairs, key=lambda p: (p.a, p.b)) == list(_batch())
    assert copies(links(pairs), _world(), ORDER) == copies(links(_batch()), _world(), ORDER)


def test_a_picture_that_is_new_and_held_is_compared_once():
    everything = [*_world().values()]
    assert find(everything, everything) == list(_batch())


def test_nothing_new_finds_nothing():
    assert find([], [*_world().values()]) == []
