"""Propose pairs of pictures that share many words.

A score is the number of words two pictures share, in one of the four variants: a matter of these
two alone. There is no idf and no cut of frequent words, because both would change with what else
is known and make the answer depend on the order of arrival. Words of 24 bits are rare enough to
do without: unrelated X-rays share some four of 2,000, copies a dozen to several hundred.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from covid19_images.duplicates.codes import CODE_BYTES, VARIANTS, WORDS, grouped_words

LEAST_SHARED = 11
_OWNER_BITS = 13
MOST_OWNERS = 1 << _OWNER_BITS
_GROUP_BITS = 2
_REST_BITS = _GROUP_BITS + _OWNER_BITS
_LOW_BITS = 32 - _REST_BITS  # of a word, kept with each posting; the others say where it stands
_RANGES = 1 << 25 - _LOW_BITS
_MOST_HITS = 1 << 18  # shared words counted at a time: they stay in the processor's cache,
_MOST_ROWS = 8  # … as the counters of so many owners do
_MOST_POSTINGS = 1 << 18  # likewise, where words are looked up
_LOOKUP_STEPS = 64  # of going through a table, which cost as much as one binary search
_REST = np.uint32((1 << _REST_BITS) - 1)
_OWNER = np.uint32(MOST_OWNERS - 1)

Codes = NDArray[np.uint8]
Entries = NDArray[np.uint32]
Numbers = NDArray[np.intp]
Places = NDArray[np.int32]


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
        keys = np.sort(keys, kind="stable")  # quick where two sorted parts follow each other
        keys = keys[np.flatnonzero(np.diff(keys, prepend=keys[:1] + np.uint64(1)))]
        edges = np.arange(_RANGES + 1, dtype=np.uint64) << np.uint64(32)
        return cls(keys.astype(np.uint32), np.searchsorted(keys, edges))

    def range(self, number: int) -> Entries:
        """Return the postings of the words with one value of the upper 8 bits."""
        return self.entries[self.starts[number] : self.starts[number + 1]]

    def only(self, wanted: NDArray[np.bool_]) -> "Postings":
        """Return the index of those owners that are wanted, who are numbered in their order."""
        has = wanted[self.entries & _OWNER]
        number = (np.cumsum(wanted) - 1).astype(np.uint32)
        entries = self.entries[has]
        before = np.append(0, np.cumsum(has))
        return Postings(entries & ~_OWNER | number[entries & _OWNER], before[self.starts])

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
    asked, stretches = _asked(left, right)
    before = np.zeros(len(asked.words) + 1, np.intp)
    np.cumsum((stretches[:, 1] - stretches[:, 0])[asked.words], out=before[1:])
    hits = before[asked.starts]
    counter = np.min_scalar_type(int(np.diff(asked.starts[:: len(VARIANTS)]).max(initial=0)))
    lists = _lists(right.entries, stretches)
    found = [np.empty((0, 4), np.intp)]
    for top, end in _parts(hits[:: len(VARIANTS)]):
        groups = slice(top * len(VARIANTS), end * len(VARIANTS) + 1)
        first, *_, last = asked.starts[groups]
        cells = lists[2 * asked.words[first:last] + 1].indices
        scores = _scores(cells, hits[groups] - hits[groups.start], counter)
        cell = np.flatnonzero(scores >= least_shared)
        row, other = (cell >> _REST_BITS) + top, cell & (MOST_OWNERS - 1)
        variant = cell >> _OWNER_BITS & (len(VARIANTS) - 1)
        found.append(np.stack([row, other, variant, scores.reshape(-1)[cell]], axis=1))
    return np.concatenate(found)


def _lists(entries: Entries, stretches: Places) -> csr_array:
    """Return the postings of words in odd rows, in even ones what stands between them.

    SciPy copies rows of a sparse array as they lie, which is what following many short lists
    needs; numbers of columns are whole entries, and the values mean nothing.
    """
    edges = np.concatenate([[0], stretches.reshape(-1), [len(entries)]]).astype(np.int32)
    columns, nothing = entries.view(np.int32), np.zeros(len(entries), np.bool_)
    return csr_array((nothing, columns, edges), shape=(len(edges) - 1, 1 << _REST_BITS))


def _scores(
    cells: NDArray[np.int32], starts: Numbers, counter: np.dtype[Any]
) -> NDArray[np.integer[Any]]:
    """Count how often each owner met each other one in each variant.

    Args:
        cells: The entries that are met, those of each group of each owner after the other; they
            are changed.
        starts: Where each group of each owner begins, and the end.
        counter: What a score fits into.

    Returns:
        Shape (owners, 2**15): variants, and in these the other owners.
    """
    cells &= np.int32(_REST)
    for number, (start, end) in enumerate(pairwise(starts.tolist())):
        cells[start:end] ^= np.int32(number % len(VARIANTS) << _OWNER_BITS)
    edges = starts[:: len(VARIANTS)].astype(np.int32)
    shape = len(edges) - 1, 1 << _REST_BITS
    # To lay a sparse array out is to add what stands in one place more than once.
    return np.asarray(csr_array((np.ones(len(cells), counter), cells, edges), shape).toarray())


def _parts(hits: Numbers) -> Iterator[tuple[int, int]]:
    """Cut owners up where they, or the words that they share, become too many to count at a time.

    Args:
        hits: How many words all owners before each one share, and all together.
    """
    part = hits[:-1] // _MOST_HITS + np.arange(len(hits) - 1) // _MOST_ROWS
    tops = np.flatnonzero(np.diff(part, prepend=-1)).tolist()
    yield from (pair for pair in pairwise([*tops, len(part)]) if hits[pair[1]] > hits[pair[0]])


class _Asked(NamedTuple):
    """Postings whose words both sides have, by owner and group.

    Attributes:
        words: The numbers of their words among those that both sides have.
        starts: Where each group of each owner begins, and the end.
    """

    words: NDArray[np.int32]
    starts: Numbers


def _asked(left: Postings, right: Postings) -> tuple[_Asked, Places]:
    """Return what one index asks another for, and where that has each word."""
    groups, counts, stretches = zip(*_shared(left, right), strict=True)
    of, times = np.concatenate(groups), np.concatenate(counts)
    numbers = np.repeat(np.arange(len(times), dtype=np.int32), times)
    starts = np.append(0, np.cumsum(np.bincount(of, minlength=MOST_OWNERS * len(VARIANTS))))
    return _Asked(numbers[np.argsort(of, kind="stable")], starts), np.concatenate(stretches)


def _shared(
    left: Postings, right: Postings
) -> Iterator[tuple[NDArray[np.uint16], Numbers, Places]]:
    """Yield the postings of one index whose words the other has too, part by part.

    Yields:
        The owner of each and its group, as one number; how many each word has; and where the
        other index has that word.
    """
    part = left.starts[:-1] // _MOST_POSTINGS
    tops = np.flatnonzero(np.diff(part, prepend=-1)).tolist()
    for top, end in pairwise([*tops, _RANGES]):
        entries = left.entries[left.starts[top] : left.starts[end]]
        high = np.arange(top, end, dtype=np.uint32) << np.uint32(_LOW_BITS)
        words = np.repeat(high, np.diff(left.starts[top : end + 1]))
        words |= entries >> np.uint32(_REST_BITS)
        begins = np.diff(words, prepend=words[:1] + np.uint32(1)) != 0
        stretches = _stretches(words[begins], right)
        shared = stretches[:, 1] > stretches[:, 0]
        times = np.diff(np.flatnonzero(begins), append=len(words))
        found = entries[np.repeat(shared, times)]
        groups = found >> np.uint32(_OWNER_BITS) & np.uint32(len(VARIANTS) - 1)
        of = ((found & _OWNER) << np.uint32(_GROUP_BITS) | groups).astype(np.uint16)
        yield of, times[shared], np.compress(shared, stretches, axis=0)


def _stretches(words: NDArray[np.uint32], index: Postings) -> Places:
    """Return where the postings of each word begin and end.

    Args:
        words: Different words, sorted, all 25 bits of them.
        index: What is searched.
    """
    found = np.empty((len(words), 2), np.int32)
    numbers = np.unique(words >> np.uint32(_LOW_BITS))
    cuts = np.searchsorted(words, numbers << np.uint32(_LOW_BITS))
    edges = pairwise([*cuts.tolist(), len(words)])
    for number, (start, end) in zip(numbers.tolist(), edges, strict=True):
        there = index.range(number)
        found[start:end] = _looked_up(words[start:end], there) + index.starts[number]
    return found


def _looked_up(words: NDArray[np.uint32], there: Entries) -> Numbers:
    """Return where the postings of each word begin and end, of words with the same upper bits."""
    if len(words) * _LOOKUP_STEPS < len(there) + (1 << _LOW_BITS):
        low = words << np.uint32(_REST_BITS)
        first = np.searchsorted(there, low)
        has = first < len(there)
        has[has] = there[first[has]] ^ low[has] <= _REST
        last = first.copy()
        last[has] = np.searchsorted(there, low[has] | _REST, "right")
        return np.stack([first, last], axis=1)
    counts = np.bincount(there >> np.uint32(_REST_BITS), minlength=1 << _LOW_BITS)
    ends = np.append(0, np.cumsum(counts))
    low = words & np.uint32((1 << _LOW_BITS) - 1)
    return np.stack([ends[low], ends[low + 1]], axis=1)
