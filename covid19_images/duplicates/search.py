"""Propose pairs of pictures that share many words.

A score is the number of words two pictures share, in one of the four variants: a matter of these
two alone. There is no idf and no cut of frequent words, because both would change with what else
is known and make the answer depend on the order of arrival. Words of 24 bits are rare enough to
do without: unrelated X-rays share some four of 2,000, copies a dozen to several hundred.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.codes import CODE_BYTES, VARIANTS, WORDS, grouped_words

LEAST_SHARED = 11
_OWNER_BITS = 13
MOST_OWNERS = 1 << _OWNER_BITS
_GROUP_BITS = 2
_REST_BITS = _GROUP_BITS + _OWNER_BITS
_LOW_BITS = 32 - _REST_BITS  # of a word, kept with each posting; the others say where it stands
_RANGES = 1 << 25 - _LOW_BITS
_MOST_HITS = 1 << 17  # shared words counted at a time: they stay in the processor's cache,
_MOST_ROWS = 16  # … as the counters of so many owners do
_LOOKUP_STEPS = 64  # of going through a table, which cost as much as one binary search
_REST = np.uint32((1 << _REST_BITS) - 1)
_OWNER = np.uint32(MOST_OWNERS - 1)

Codes = NDArray[np.uint8]
Entries = NDArray[np.uint32]
Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """The inverted index of some pictures: for each word, who has it, and in which group.

    A variant only exchanges the groups of a code (see `codes`). So a word that one picture has in
    group g and the other in group h is shared in variant g ^ h, and no variant is indexed twice.

    Attributes:
        entries: Each word of each picture once, sorted by word: the lower 17 bits of the word, 2
            of its group, 13 of whose it is.
        starts: Where the words with each value of the upper 8 bits begin, and the end, (257,).
    """

    entries: Entries
    starts: Numbers

    @classmethod
    def of(cls, pictures: Sequence[Codes]) -> "Postings":
        """Index the codes of at most `MOST_OWNERS` pictures."""
        sizes = [len(codes) * WORDS for codes in pictures]
        owners = np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes)
        codes = np.concatenate([np.empty((0, CODE_BYTES), np.uint8), *pictures])
        words, groups = grouped_words(codes)
        keys = words.astype(np.uint64) << np.uint64(_REST_BITS)
        return cls._sorted(keys | groups.astype(np.uint64) << np.uint64(_OWNER_BITS) | owners)

    @classmethod
    def _sorted(cls, keys: NDArray[np.uint64]) -> "Postings":
        keys = np.sort(keys)
        keys = keys[np.flatnonzero(np.diff(keys, prepend=keys[:1] + np.uint64(1)))]
        edges = np.arange(_RANGES + 1, dtype=np.uint64) << np.uint64(32)
        return cls(keys.astype(np.uint32), np.searchsorted(keys, edges))

    def range(self, number: int) -> Entries:
        """Return the postings of the words with one value of the upper 8 bits."""
        return self.entries[self.starts[number] : self.starts[number + 1]]

    def only(self, wanted: NDArray[np.bool_]) -> "Postings":
        """Return the index of those owners that are wanted; they keep their numbers."""
        has = wanted[self.entries & _OWNER]
        before = np.append(0, np.cumsum(has))
        return Postings(self.entries[has], before[self.starts])

    def plus(self, others: "Postings", owners: int) -> "Postings":
        """Return one index of the first `owners` pictures, and of others that follow them."""
        both = _keys(self), _keys(others) + np.uint64(owners)
        return Postings._sorted(np.concatenate(both))


def _keys(index: Postings) -> NDArray[np.uint64]:
    high = np.repeat(np.arange(_RANGES, dtype=np.uint64), np.diff(index.starts))
    return high << np.uint64(32) | index.entries


def join(left: Postings, right: Postings, *, least_shared: int = LEAST_SHARED) -> Numbers:
    """Find the pictures of one index that share words with those of another.

    Args:
        left: One index.
        right: The other.
        least_shared: Smallest score worth a look.

    Returns:
        Owner, other owner, variant and score of each pair that shares enough, (n, 4).
    """
    mine, there = _common(left, right)
    owners = (mine.entries & _OWNER).astype(np.uint16)
    order = np.argsort(owners, kind="stable")
    ends = np.append(0, np.cumsum(np.bincount(there.words, minlength=1)))
    first = ends[mine.words[order]]
    times = ends[mine.words[order] + 1] - first
    rest = (there.entries & _REST).astype(np.intp)
    groups = (mine.entries[order] & (_REST ^ _OWNER)).astype(np.intp)
    starts = np.searchsorted(owners[order], np.arange(MOST_OWNERS + 1))
    found = [np.empty((0, 4), np.intp)]
    for top, end in _parts(np.append(0, np.cumsum(times))[starts]):
        part = slice(starts[top], starts[end])
        rows = np.repeat(np.arange(end - top) << _REST_BITS, np.diff(starts[top : end + 1]))
        cells = rest[ranges(first[part], first[part] + times[part])]
        cells ^= np.repeat(rows | groups[part], times[part])
        scores = np.bincount(cells)
        cell = np.flatnonzero(scores >= least_shared)
        row, other = (cell >> _REST_BITS) + top, cell & (MOST_OWNERS - 1)
        variant = cell >> _OWNER_BITS & (len(VARIANTS) - 1)
        found.append(np.stack([row, other, variant, scores[cell]], axis=1))
    return np.concatenate(found)


def _parts(hits: Numbers) -> Iterator[tuple[int, int]]:
    """Cut owners up where they, or the words that they share, become too many to count at a time.

    Args:
        hits: How many words all owners before each one share, and all together.
    """
    part = hits[:-1] // _MOST_HITS + np.arange(len(hits) - 1) // _MOST_ROWS
    tops = np.flatnonzero(np.diff(part, prepend=-1)).tolist()
    yield from (pair for pair in pairwise([*tops, len(part)]) if hits[pair[1]] > hits[pair[0]])


class _Common(NamedTuple):
    """Postings whose words both sides have: the numbers of these words, and the entries."""

    words: Numbers
    entries: Entries


def _common(left: Postings, right: Postings) -> tuple[_Common, _Common]:
    """Leave out the words that only one side has, and number the others."""
    both = [_met(left.range(number), right.range(number)) for number in range(_RANGES)]
    return _numbered([mine for mine, _ in both]), _numbered([there for _, there in both])


def _numbered(parts: Sequence[Entries]) -> _Common:
    entries = np.concatenate(parts)
    words = entries >> np.uint32(_REST_BITS)
    begins = np.diff(words, prepend=words[:1]) != 0
    ends = np.cumsum([len(part) for part in parts])
    begins[ends[:-1][ends[:-1] < len(entries)]] = True  # words of two ranges end alike
    begins[:1] = False
    return _Common(np.cumsum(begins), entries)


def _met(mine: Entries, there: Entries) -> tuple[Entries, Entries]:
    """Return of two ranges what has a word that is in both."""
    bits = np.uint32(_REST_BITS)
    if len(mine) * _LOOKUP_STEPS < len(there) + (1 << _LOW_BITS):
        words = np.unique(mine >> bits) << bits
        first = np.searchsorted(there, words)
        last = np.searchsorted(there, words | _REST, "right")
        return mine[np.isin(mine & ~_REST, words[last > first])], there[ranges(first, last)]
    here, other = (np.zeros(1 << _LOW_BITS, bool) for _ in range(2))
    here[mine >> bits], other[there >> bits] = True, True
    return mine[other[mine >> bits]], there[here[there >> bits]]


def ranges(starts: Numbers, ends: Numbers) -> Numbers:
    """Count through all ranges, one after the other."""
    lengths = ends - starts
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(lengths.sum())
