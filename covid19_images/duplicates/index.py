"""Propose pairs of pictures that share many words.

A score is the number of words two pictures share, in one of the four variants: a matter of these
two alone. There is no idf and no cut of frequent words, because both would change with what else
is held and make the answer depend on the order of arrival. Words of 24 bits are rare enough to
do without: unrelated X-rays share some four of 2,000, copies a dozen to several hundred.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.hamming import ranges
from covid19_images.duplicates.words import VARIANTS, varied, words

LEAST_SHARED = 11
_NEW_BLOCK = 1024  # pictures in an inverted index at a time, some 200 MB with their variants
_HELD_BLOCK = 256  # × 4 variants × new block: a million counters
_OWNER_BITS = 32
_FOLDED_BITS = 24

Codes = NDArray[np.uint8]
Words = NDArray[np.uint32]
Owners = NDArray[np.intp]


class Proposal(NamedTuple):
    """A new picture, a held one, the variant that relates them and the words they share."""

    new: int
    held: int
    variant: int
    shared: int


def propose(
    new: Sequence[Codes], held: Sequence[Codes], *, least_shared: int = LEAST_SHARED
) -> Iterator[Proposal]:
    """Find the pairs of a new and a held picture that share at least `least_shared` words.

    Args:
        new: Codes of each new picture, (n, 24) uint8.
        held: Codes of each held picture.
        least_shared: Smallest score worth a look.
    """
    for top in range(0, len(new), _NEW_BLOCK):
        block = new[top : top + _NEW_BLOCK]
        # All variants of the new ones are indexed, so that the many held ones are read once.
        index = _Index([varied(codes, variant) for variant in VARIANTS for codes in block])
        for left in range(0, len(held), _HELD_BLOCK):
            scores = index.scores(held[left : left + _HELD_BLOCK])
            for row, column in np.argwhere(scores >= least_shared).tolist():
                variant, at = divmod(column, len(block))
                yield Proposal(top + at, left + row, variant, int(scores[row, column]))


class _Index:
    """The inverted index of some pictures: for each word, who has it."""

    def __init__(self, pictures: Sequence[Codes]) -> None:
        self._pictures = len(pictures)
        flat, self._owners = _distinct(pictures)
        first = np.flatnonzero(np.diff(flat, prepend=flat[:1] + 1))
        self._words = flat[first]
        self._starts = np.append(first, len(flat))
        self._maybe = np.zeros(1 << _FOLDED_BITS, bool)
        self._maybe[_folded(self._words)] = True

    def scores(self, pictures: Sequence[Codes]) -> NDArray[np.intp]:
        """Count the words that each picture shares with each of the index, (n, pictures)."""
        flat, owners = _distinct(pictures, self._maybe)
        at = np.searchsorted(self._words, flat)
        at[at == len(self._words)] = 0
        hit = self._words[at] == flat if len(self._words) else at.astype(bool)
        starts, ends = self._starts[at[hit]], self._starts[at[hit] + 1]
        sharers = self._owners[ranges(starts, ends)]
        cells = np.repeat(owners[hit] * self._pictures, ends - starts) + sharers
        size = len(pictures) * self._pictures
        return np.bincount(cells, minlength=size).reshape(len(pictures), self._pictures)


def _distinct(
    pictures: Sequence[Codes], maybe: NDArray[np.bool_] | None = None
) -> tuple[Words, Owners]:
    """Give each picture's words once, sorted by word, and whose they are.

    Args:
        pictures: Codes of each picture.
        maybe: False for folded words that are not wanted: most, and cheaper to drop unsorted.
    """
    each = [words(codes).reshape(-1) for codes in pictures]
    owners = np.repeat(np.arange(len(each), dtype=np.uint64), [len(some) for some in each])
    flat = np.concatenate([np.empty(0, np.uint32), *each])
    if maybe is not None:
        wanted = maybe[_folded(flat)]
        flat, owners = flat[wanted], owners[wanted]
    keys = np.sort(flat.astype(np.uint64) << np.uint64(_OWNER_BITS) | owners)
    keys = keys[np.flatnonzero(np.diff(keys, prepend=keys[:1] + np.uint64(1)))]
    low = np.uint64((1 << _OWNER_BITS) - 1)
    return (keys >> np.uint64(_OWNER_BITS)).astype(np.uint32), (keys & low).astype(np.intp)


def _folded(values: Words) -> Words:
    mask = np.uint32((1 << _FOLDED_BITS) - 1)
    table, value = values >> np.uint32(_FOLDED_BITS), values & mask
    return (value ^ (table * np.uint32(0x1F1F1F))) & mask
