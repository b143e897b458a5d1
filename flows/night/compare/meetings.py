"""Search all pictures for copies of new ones, block by block, by the workers the policy names.

What two blocks find depends on their pictures only, so neither the workers nor the number of
nights change what is found. Where one of the blocks is new, it is kept: a first import that is
killed goes on at the next two blocks. New pictures of blocks that hold others too are put together
first, so that a night asks each block once.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement, compress

import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.blocks import Block, Signs, cut, exchanged, meet
from covid19_images.duplicates.search import MOST_OWNERS
from flows.decoding.blocks import Stored
from flows.night.compare.kept import Kept
from flows.sandbox.base import Compute
from flows.sandbox.clock import Pace
from flows.sandbox.processes import Allowance, WorkerCrashed
from flows.sandbox.spread import spread

_FEW_PAIRS = 20_000_000  # two seconds of work: less than processes take to start
_ALLOWANCE = Allowance(cpu_s=1_800)  # of two blocks, which take some ten seconds

Mask = NDArray[np.bool_]
Sent = tuple[int, Block | Stored, Block | Stored]


@dataclass(frozen=True, slots=True)
class Part:
    """Some pictures of a block: its number, the block, and which ones."""

    number: int
    stored: Stored
    wanted: Mask

    @property
    def owners(self) -> int:
        """Return how many owners of words they are."""
        return int(self.wanted[self.stored.open().pictures].sum())


@dataclass(frozen=True, slots=True, eq=False)
class New:
    """New pictures of blocks that hold others too: they meet all blocks together.

    Attributes:
        parts: Where they are.
        blobs: The pictures, by blob id, in the order of their numbers.
        homes: The number of the block that each is from.
    """

    parts: tuple[Part, ...]
    blobs: tuple[str, ...]
    homes: NDArray[np.intp]

    @classmethod
    def of(cls, parts: Iterable[Part]) -> "New":
        """Take parts together."""
        some = tuple(parts)
        blobs = [blob for one in some for blob in compress(one.stored.blobs, one.wanted.tolist())]
        counts = [one.wanted.sum() for one in some]
        return cls(some, tuple(blobs), np.repeat([one.number for one in some], counts))

    def open(self) -> Block:
        """Return the block that they are together."""
        return _block(self)


@lru_cache(maxsize=1)  # it meets one block after the other
def _block(new: New) -> Block:
    blocks = [(one.stored.open().only(one.wanted), int(one.wanted.sum())) for one in new.parts]
    (first, count), *others = blocks
    for block, more in others:
        first, count = first.plus(block, count), count + more
    return first


@dataclass(frozen=True, slots=True)
class Meeting:
    """A block, or new pictures of several, that meet a block.

    Attributes:
        left: What meets it.
        right: The block.
        number: Which of the blocks that is.
    """

    left: Stored | New
    right: Stored
    number: int

    @property
    def name(self) -> str | None:
        """Return what its signs are kept as; `None` where only some are new: that is quick."""
        return f"{self.left.name}-{self.right.name}" if isinstance(self.left, Stored) else None

    @property
    def pairs(self) -> int:
        """Return how many pairs of pictures there are to compare."""
        return len(self.left.blobs) * len(self.right.blobs)

    def sent(self, *, here: bool) -> tuple[Block | Stored, Block | Stored]:
        """Return what a worker needs: of blocks on disk where they are, if it sees our files."""
        if not here:
            return self.left.open(), self.right.open()
        return self.left if isinstance(self.left, Stored) else self.left.open(), self.right

    def named(self, signs: Signs) -> Iterator[tuple[str, str, int, int]]:
        """Yield signs with blob ids, those of the block with the lower number first."""
        left, right = self.left.blobs, self.right.blobs
        if isinstance(self.left, Stored):
            yield from ((left[a], right[b], what, count) for a, b, what, count in signs.tolist())
            return
        homes = self.left.homes[signs[:, 0]]
        for a, b, what, count in signs[homes <= self.number].tolist():
            yield left[a], right[b], what, count
        for b, a, what, count in exchanged(signs[homes >= self.number]).tolist():
            yield right[b], left[a], what, count


def search(
    stored: Sequence[Stored], fresh: Collection[str], compute: Compute, kept: Kept, pace: Pace
) -> Iterator[tuple[str, str, int, int]]:
    """Yield two blob ids and the sign between them, as `blocks.meet` has it.

    Args:
        stored: Blocks of all pictures.
        fresh: Blob ids of the new pictures.
        compute: Where the work is done.
        kept: What is done already.
        pace: Hears how much is done.
    """
    meetings = [*_meetings(stored, frozenset(fresh))]
    pace.begin(sum(meeting.pairs for meeting in meetings))
    left = []
    for meeting in meetings:
        signs = kept.signs(meeting.name) if meeting.name else None
        if signs is None:
            left.append(meeting)
            continue
        pace.skip(meeting.pairs)
        yield from meeting.named(signs)
    for meeting, signs in _found(left, compute):
        if meeting.name:
            kept.keep_signs(meeting.name, signs)
        pace.add(meeting.pairs)
        yield from meeting.named(signs)


def _meetings(stored: Sequence[Stored], fresh: frozenset[str]) -> Iterator[Meeting]:
    masks = [np.array([blob in fresh for blob in one.blobs]) for one in stored]
    whole = [bool(mask.all()) for mask in masks]
    for left, right in combinations_with_replacement(range(len(stored)), 2):
        if whole[left] or whole[right]:
            yield Meeting(stored[left], stored[right], right)
    parts = [
        Part(at, stored[at], mask) for at, mask in enumerate(masks) if mask.any() and not whole[at]
    ]
    for some in cut([part.owners for part in parts], MOST_OWNERS):
        new = New.of(parts[some])
        yield from (Meeting(new, one, at) for at, one in enumerate(stored) if not whole[at])


def _found(meetings: Sequence[Meeting], compute: Compute) -> Iterator[tuple[Meeting, Signs]]:
    work = ([(at, *one.sent(here=compute.here))] for at, one in enumerate(meetings))
    if sum(meeting.pairs for meeting in meetings) <= _FEW_PAIRS:
        yield from ((meetings[batch[0][0]], _met(batch)) for batch in work)
        return
    for [(at, *_)], signs in spread(_met, work, compute, _ALLOWANCE):
        yield meetings[at], _unless_crashed(meetings[at], signs)


def _met(batch: Sequence[Sent]) -> Signs:
    [(_, *sides)] = batch
    left, right = (side if isinstance(side, Block) else side.open() for side in sides)
    return meet(left, right)


def _unless_crashed(meeting: Meeting, signs: Signs | WorkerCrashed) -> Signs:
    if isinstance(signs, WorkerCrashed):
        left = meeting.left.folder if isinstance(meeting.left, Stored) else "new pictures"
        words = f"Comparing the words of {left} with those of {meeting.right.folder}"
        raise RuntimeError(f"{words} ends the process that does it.")  # noqa: TRY004  it died
    return signs
