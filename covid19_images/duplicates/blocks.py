"""Search pictures block by block: any two blocks can meet anywhere, in any order, any time.

What two blocks find depends on their pictures only, so the work can be cut up and spread, and what
is done stays done.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, product

import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates import hamming
from covid19_images.duplicates.codes import VARIANTS
from covid19_images.duplicates.features import Features
from covid19_images.duplicates.search import MOST_OWNERS, Postings, join
from covid19_images.duplicates.transforms import HASH_RADIUS_BITS

VARIANT = len(hamming.WAYS)
"""Added to a variant, where a sign says in which way two pictures may be one."""

Picture = tuple[str | None, Features]
Signs = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Pictures that are searched together.

    Attributes:
        postings: The words of each picture, and of each panel of a figure.
        pictures: Which picture each owner of words is, or is a panel of.
        hashes: The packed hashes of those that have one, (n, 4).
        hashed: Which pictures these are.
    """

    postings: Postings
    pictures: NDArray[np.intp]
    hashes: hamming.Hashes
    hashed: NDArray[np.intp]

    @classmethod
    def of(cls, some: Sequence[Picture]) -> "Block":
        """Make a block of pictures that have at most `MOST_OWNERS` panels together."""
        owned = [(at, codes) for at, (_, one) in enumerate(some) for codes in one.codes_by_panel()]
        hashes = [(at, phash) for at, (phash, _) in enumerate(some) if phash]
        return cls(
            Postings.of([codes for _, codes in owned]),
            np.array([at for at, _ in owned], np.intp),
            hamming.pack([phash for _, phash in hashes]),
            np.array([at for at, _ in hashes], np.intp),
        )

    def plus(self, others: "Block", pictures: int) -> "Block":
        """Return one block of its first `pictures`, all it has, and of others after them."""
        return Block(
            self.postings.plus(others.postings, len(self.pictures)),
            np.concatenate([self.pictures, others.pictures + pictures]),
            np.concatenate([self.hashes, others.hashes]),
            np.concatenate([self.hashed, others.hashed + pictures]),
        )

    def only(self, wanted: NDArray[np.bool_]) -> "Block":
        """Return a block of some of the pictures, which are numbered in their order."""
        number = np.cumsum(wanted) - 1
        owning, hashed = wanted[self.pictures], wanted[self.hashed]
        owners = np.zeros(MOST_OWNERS, bool)
        owners[: len(owning)] = owning
        return Block(
            self.postings.only(owners),
            number[self.pictures[owning]],
            self.hashes[hashed],
            number[self.hashed[hashed]],
        )


def cut(sizes: Sequence[int], most: int) -> Iterator[slice]:
    """Cut pictures into parts of at most so many owners of words, in their order."""
    first, owners = 0, 0
    for at, size in enumerate(sizes):
        if owners + size > most and at > first:
            yield slice(first, at)
            first, owners = at, 0
        owners += size
    if first < len(sizes):
        yield slice(first, len(sizes))


def owners(features: Features) -> int:
    """Return how many owners of words a picture is: one, or as many as a figure has panels."""
    return len(features.panels) or 1


def meet(left: Block, right: Block) -> Signs:
    """Find what says that a picture of one block may be a picture of the other.

    Returns:
        A row for each sign, (n, 4): the pictures; the way in which their hashes are near, by its
        number in `hamming.WAYS`, or `VARIANT` and the variant in which they share words; and how
        many bits the hashes differ by, or how many words are shared.
    """
    shared = join(left.postings, right.postings)
    shared[:, 0], shared[:, 1] = left.pictures[shared[:, 0]], right.pictures[shared[:, 1]]
    shared[:, 2] += VARIANT
    near = hamming.within(left.hashes, right.hashes, HASH_RADIUS_BITS)
    near[:, 0], near[:, 1] = left.hashed[near[:, 0]], right.hashed[near[:, 1]]
    return np.concatenate([shared, near]).astype(np.int32)


def exchanged(signs: Signs) -> Signs:
    """Return what `meet` would have found, had its blocks been given the other way round."""
    ways = [hamming.WAYS.index((hamming.undone(turn), negative)) for turn, negative in hamming.WAYS]
    back = np.array([*ways, *(VARIANT + variant for variant in VARIANTS)], np.int32)
    return np.stack([signs[:, 1], signs[:, 0], back[signs[:, 2]], signs[:, 3]], axis=1)


def search(new: Sequence[Picture], known: Sequence[Picture]) -> Iterator[tuple[int, ...]]:
    """Yield the signs between new pictures, and between new and known ones.

    The known ones are numbered after the new ones.
    """
    fresh, others = _blocks(new, 0), _blocks(known, len(new))
    pairs: Iterable[tuple[tuple[int, Block], tuple[int, Block]]] = (
        *combinations_with_replacement(fresh, 2),
        *product(fresh, others),
    )
    for (top, left), (first, right) in pairs:
        for a, b, what, count in meet(left, right).tolist():
            yield top + a, first + b, what, count


def _blocks(some: Sequence[Picture], first: int) -> list[tuple[int, Block]]:
    parts = cut([owners(features) for _, features in some], MOST_OWNERS)
    return [(first + part.start, Block.of(some[part])) for part in parts]
