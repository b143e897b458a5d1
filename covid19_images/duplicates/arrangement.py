"""Ask whether the words that two pictures share lie alike in both, before pixels are compared.

Two keypoints and those they match in the other picture say how it is turned, scaled and shifted.
In copies others agree with them; words that are shared by chance lie anywhere (weak geometric
consistency: Jégou, Douze and Schmid, ECCV 2008). Where one vote is missing, they are asked once
more how the picture is squeezed. Places are whole numbers and their products exact, so that every
machine counts the same votes.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.codes import MIRRORED, WORDS, grouped_words
from covid19_images.duplicates.features import Features
from covid19_images.duplicates.keypoints import STEPS_PER_PX

LEAST_VOTES = 4  # as the weakest of the copies that are found by their words alone
_REACH_PX = 4  # of a vote: an affine map is a similarity nearby only
_APART_PX = 10  # two keypoints that are nearer say little of the whole
_MAX_SCALE = 8
_MAX_STRETCH = 2.2  # as registered pictures may differ
_MANY = 24  # matches: to count their votes takes as long as to compare the pictures
_ENDS = 1 << 16

Numbers = NDArray[np.intp]
Match = tuple[int, int]


class _Index(NamedTuple):
    """The words of a picture in order.

    Attributes:
        words: (n,) uint32, see `codes`.
        points: The keypoint that each is from.
        groups: The group that each is from.
        ends: Which values the lower 16 bits have, (65536,): most words of other pictures have none.
    """

    words: NDArray[np.uint32]
    points: Numbers
    groups: NDArray[np.uint8]
    ends: NDArray[np.bool_]


def is_alike(a: Features, b: Features, variant: int) -> bool:
    """Return whether enough of the words that two pictures share lie alike in both.

    Args:
        a: One picture.
        b: The other, taken for the given variant of a.
        variant: See `codes`.
    """
    matches = _matches(a, b, variant)
    if not LEAST_VOTES <= len(matches) <= _MANY:
        return len(matches) > _MANY
    here, there = (list(numbers) for numbers in zip(*matches, strict=True))
    down = -1j if variant & MIRRORED else 1j
    ways = _between(a, here, 1j), _between(b, there, down)
    votes = _votes(*ways)
    if votes == LEAST_VOTES - 1:
        votes = _squeezed_votes(*ways)
    return votes >= LEAST_VOTES


def _matches(a: Features, b: Features, variant: int) -> set[Match]:
    """Return the keypoints of both that share a word."""
    index = _index(a)
    words, groups = grouped_words(b.codes)
    maybe = np.flatnonzero(index.ends[words.astype(np.uint16)])
    first, last = (np.searchsorted(index.words, words[maybe], side) for side in ("left", "right"))
    left, right = _ranges(first, last), np.repeat(maybe, last - first)
    shared = index.groups[left] ^ groups[right] == variant
    return set(
        zip(index.points[left[shared]].tolist(), (right[shared] // WORDS).tolist(), strict=True)
    )


@lru_cache(maxsize=64)  # one picture is asked for with one after the other
def _index(features: Features) -> _Index:
    words, groups = grouped_words(features.codes)
    order = np.argsort(words)
    ends = np.zeros(_ENDS, bool)
    ends[words.astype(np.uint16)] = True
    return _Index(words[order], order // WORDS, groups[order], ends)


def _between(features: Features, numbers: list[int], down: complex) -> NDArray[np.complex128]:
    """Return the way from each keypoint to each, x + iy in 1/128 px."""
    x, y = features.points[numbers].T.astype(np.float64)
    places = x + down * y
    return np.asarray(places - places[:, None], np.complex128)


def _votes(here: NDArray[np.complex128], there: NDArray[np.complex128]) -> int:
    """Count the matches that agree with the similarity of the best two, these two included.

    Ways h and h' from one keypoint become t and t' under one similarity where h t' = h' t. What is
    left is as long as the miss in either picture, times the way in the other one.
    """
    crossed = here[:, :, None] * there[:, None, :]
    miss = crossed - crossed.transpose(0, 2, 1)
    lengths = [way.real**2 + way.imag**2 for way in (here, there)]
    short, long = np.minimum(*lengths), np.maximum(*lengths)
    usable = (short >= (_APART_PX * STEPS_PER_PX) ** 2) & (long <= _MAX_SCALE**2 * short)
    reach = np.where(usable, _REACH_PX * STEPS_PER_PX * np.sqrt(short), -1)[:, :, None]
    agree = (np.abs(miss.real) <= reach) & (np.abs(miss.imag) <= reach)
    return int(agree.sum(2).max())


def _ranges(starts: Numbers, ends: Numbers) -> Numbers:
    """Count through all ranges, one after the other."""
    lengths = ends - starts
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(lengths.sum())


def _squeezed_votes(here: NDArray[np.complex128], there: NDArray[np.complex128]) -> int:
    """Count as `_votes` does, for a picture that was squeezed and not turned.

    Width and height have a factor each. Ways x and x' become t and t' by one where x t' = x' t.
    """
    sides = (here.real, there.real), (here.imag, there.imag)
    (width, wide), (height, high) = sides
    usable = width * wide * height * high > 0  # as it is, or upside down
    one, other = abs(width * high), abs(height * wide)
    usable &= np.maximum(one, other) <= _MAX_STRETCH * np.minimum(one, other)
    agree = np.ones((1, 1, 1), bool)
    for mine, theirs in sides:
        crossed = mine[:, :, None] * theirs[:, None, :]
        short, long = np.minimum(abs(mine), abs(theirs)), np.maximum(abs(mine), abs(theirs))
        fits = usable & (short >= _APART_PX * STEPS_PER_PX) & (long <= _MAX_SCALE * short)
        reach = np.where(fits, _REACH_PX * STEPS_PER_PX * short, -1)[:, :, None]
        agree = agree & (abs(crossed - crossed.transpose(0, 2, 1)) <= reach)
    return int(agree.sum(2).max())
