"""Propose pairs of pictures that share many words.

A score is the number of words two pictures share, in one of the four variants: a matter of these
two alone. There is no idf and no cut of frequent words, because both would change with what else
is known and make the answer depend on the order of arrival. Words of 24 bits are rare enough to
do without: unrelated X-rays share some four of 2,000, copies a dozen to several hundred.
"""

import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.codes import CODE_BYTES, VARIANTS, WORDS, grouped_words
from covid19_images.duplicates.hamming import ranges

LEAST_SHARED = 11
_NEW_BLOCK = 1024  # pictures in an inverted index at a time, some 50 MB
_KNOWN_BLOCK = 128  # × 4 variants × new block: half a million counters, which the cache holds
_OWNER_BITS = 32
_GROUP, _WORD = np.uint64(_OWNER_BITS), np.uint64(_OWNER_BITS + 2)  # a key: word, group, owner
_REST = np.uint64((1 << (_OWNER_BITS + 2)) - 1)
_FOLDED_BITS = 24

Codes = NDArray[np.uint8]
Words = NDArray[np.uint32]
Numbers = NDArray[np.intp]


class Proposal(NamedTuple):
    """A new picture, a known one, the variant that relates them and the words they share."""

    new: int
    known: int
    variant: int
    shared: int


def propose(
    new: Sequence[Codes], known: Sequence[Codes], *, least_shared: int = LEAST_SHARED
) -> Iterator[Proposal]:
    """Find the pairs of a new and a known picture that share at least `least_shared` words.

    Args:
        new: Codes of each new picture, (n, 24) uint8.
        known: Codes of each known picture.
        least_shared: Smallest score worth a look.
    """
    blocks = [known[left : left + _KNOWN_BLOCK] for left in range(0, len(known), _KNOWN_BLOCK)]
    with ThreadPoolExecutor(os.cpu_count()) as threads:  # NumPy sorts and counts without the GIL
        for top in range(0, len(new), _NEW_BLOCK):
            index = _Index(new[top : top + _NEW_BLOCK])
            every = threads.map(partial(index.sharing, least_shared=least_shared), blocks)
            for block, found in enumerate(every):
                for row, variant, at, shared in found.tolist():
                    yield Proposal(top + at, block * _KNOWN_BLOCK + row, variant, shared)


class _Index:
    """The inverted index of some pictures: for each word, who has it, and in which group.

    A variant only exchanges the groups of a code (see `words`). So a word that one picture has in
    group g and the other in group h is shared in variant g ^ h, and no variant is indexed twice.
    """

    def __init__(self, pictures: Sequence[Codes]) -> None:
        self._pictures = len(pictures)
        flat, self._groups, self._owners = _distinct(pictures)
        first = np.flatnonzero(np.diff(flat, prepend=flat[:1] + 1))
        self._words = flat[first]
        self._starts = np.append(first, len(flat))
        self._maybe = np.zeros(1 << _FOLDED_BITS, bool)
        self._maybe[_folded(self._words)] = True

    def sharing(self, pictures: Sequence[Codes], *, least_shared: int) -> Numbers:
        """List picture, variant, picture of the index and shared words of each pair, (n, 4)."""
        scores = self.scores(pictures)
        places = np.nonzero(scores >= least_shared)
        return np.stack([*places, scores[places]], axis=1)

    def scores(self, pictures: Sequence[Codes]) -> Numbers:
        """Count the words each picture shares with those of the index, (n, 4, pictures)."""
        flat, groups, owners = _distinct(pictures, self._maybe)
        at = np.searchsorted(self._words, flat)
        at[at == len(self._words)] = 0
        hit = self._words[at] == flat if len(self._words) else at.astype(bool)
        starts, ends = self._starts[at[hit]], self._starts[at[hit] + 1]
        sharers = ranges(starts, ends)
        variants = np.repeat(groups[hit], ends - starts) ^ self._groups[sharers]
        rows = np.repeat(owners[hit], ends - starts) * len(VARIANTS) + variants
        shape = (len(pictures), len(VARIANTS), self._pictures)
        cells = rows * self._pictures + self._owners[sharers]
        return np.bincount(cells, minlength=math.prod(shape)).reshape(shape)


def _distinct(
    pictures: Sequence[Codes], maybe: NDArray[np.bool_] | None = None
) -> tuple[Words, Numbers, Numbers]:
    """Return each picture's words once, sorted by word, their groups and whose they are.

    Args:
        pictures: Codes of each picture.
        maybe: False for folded words that are not wanted: most, and cheaper to drop unsorted.
    """
    sizes = [len(codes) * WORDS for codes in pictures]
    owners = np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes)
    codes = np.concatenate([np.empty((0, CODE_BYTES), np.uint8), *pictures])
    flat, groups = grouped_words(codes)
    if maybe is not None:
        wanted = np.flatnonzero(maybe[_folded(flat)])
        flat, groups, owners = flat[wanted], groups[wanted], owners[wanted]
    keys = np.sort(flat.astype(np.uint64) << _WORD | groups.astype(np.uint64) << _GROUP | owners)
    keys = keys[np.flatnonzero(np.diff(keys, prepend=keys[:1] + np.uint64(1)))]
    rest = (keys & _REST).astype(np.intp)
    return (keys >> _WORD).astype(np.uint32), rest >> _OWNER_BITS, rest & ((1 << _OWNER_BITS) - 1)


def _folded(values: Words) -> Words:
    mask = np.uint32((1 << _FOLDED_BITS) - 1)
    half, value = values >> np.uint32(_FOLDED_BITS), values & mask
    return value ^ (half * np.uint32(0x1F1F1F))
