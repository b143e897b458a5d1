"""Propose pairs of pictures that share many words.

A score is the number of words two pictures share, in one of the four variants: a matter of these
two alone. There is no idf and no cut of frequent words, because both would change with what else
is held and make the answer depend on the order of arrival. Words of 24 bits are rare enough to
do without: unrelated X-rays share one or two of 2,400, copies a dozen to several hundred.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from covid19_images.duplicates.words import VARIANTS, varied, words

LEAST_SHARED = 10
_NEW_BLOCK = 1024  # pictures in an index at a time: bounds memory to some hundred MB
_HELD_BLOCK = 2048
_FOLDED_BITS = 24

Codes = NDArray[np.uint8]


class Proposal(NamedTuple):
    """A new picture, a held one, the variant that relates them and the words they share."""

    new: int
    held: int
    variant: int
    shared: int


def propose(
    new: Sequence[Codes], held: Sequence[Codes], *, least_shared: int = LEAST_SHARED
) -> Iterator[Proposal]:
    """Find the pairs that share at least `least_shared` words.

    Args:
        new: Codes of each new picture, (n, 24) uint8.
        held: Codes of each held picture.
        least_shared: Smallest score worth a look.
    """
    for top in range(0, len(new), _NEW_BLOCK):
        block = _Block(new[top : top + _NEW_BLOCK])
        for left in range(0, len(held), _HELD_BLOCK):
            scores = block.scores(held[left : left + _HELD_BLOCK]).tocoo()
            good = scores.data >= least_shared
            rows, columns = scores.coords
            for row, column, shared in zip(
                rows[good], columns[good], scores.data[good], strict=True
            ):
                variant, picture = divmod(int(row), block.pictures)
                yield Proposal(top + picture, left + int(column), variant, int(shared))


class _Block:
    """The inverted index of some new pictures, in all four variants."""

    def __init__(self, pictures: Sequence[Codes]) -> None:
        self.pictures = len(pictures)
        variants = [varied(codes, variant) for variant in VARIANTS for codes in pictures]
        flat, owners = _flat(variants)
        self._vocabulary, columns = np.unique(flat, return_inverse=True)
        self._known = np.zeros(1 << _FOLDED_BITS, bool)
        self._known[_folded(self._vocabulary)] = True
        self._matrix = _incidence(owners, columns, (len(variants), len(self._vocabulary)))

    def scores(self, pictures: Sequence[Codes]) -> csr_array:
        """Count shared words, (variants × new, held)."""
        flat, owners = _flat(pictures)
        maybe = self._known[_folded(flat)]  # most words are unknown; this rules them out fast
        flat, owners = flat[maybe], owners[maybe]
        columns = np.searchsorted(self._vocabulary, flat)
        columns[columns == len(self._vocabulary)] = 0
        known = self._vocabulary[columns] == flat if len(self._vocabulary) else maybe[:0]
        shape = (len(pictures), len(self._vocabulary))
        return self._matrix @ _incidence(owners[known], columns[known], shape).T.tocsr()


def _flat(pictures: Sequence[Codes]) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    each = [words(codes).reshape(-1) for codes in pictures]
    owners = np.repeat(np.arange(len(each)), [len(some) for some in each])
    return np.concatenate([np.empty(0, np.uint32), *each]), owners


def _folded(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    table, value = values >> _FOLDED_BITS, values & np.uint32((1 << _FOLDED_BITS) - 1)
    return value ^ (table * np.uint32(0x1F1F1F)) & np.uint32((1 << _FOLDED_BITS) - 1)


def _incidence(
    owners: NDArray[np.intp], columns: NDArray[np.intp], shape: tuple[int, int]
) -> csr_array:
    matrix = csr_array((np.ones(len(owners), np.int32), (owners, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix
