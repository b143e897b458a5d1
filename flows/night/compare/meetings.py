"""Search all pictures for copies of new ones, block by block, by the workers the policy names.

What two blocks find depends on their pictures only, so neither the workers nor the number of
nights change what is found. Where one of the blocks is new, it is kept: a first import that is
killed goes on at the next two blocks.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.blocks import Block, Signs, exchanged, meet
from flows.decoding.blocks import Stored
from flows.night.compare.kept import Kept
from flows.sandbox.base import Compute
from flows.sandbox.clock import Pace
from flows.sandbox.processes import Allowance, WorkerCrashed
from flows.sandbox.spread import spread

_FEW_PAIRS = 10_000_000  # a second of work: less than processes take to start
_ALLOWANCE = Allowance(cpu_s=1_800)  # of two blocks, which take some ten seconds

Mask = NDArray[np.bool_]
Sent = tuple[Block, Block, tuple[Mask, Mask]]


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two blocks that meet, and which of their pictures are new; at least one is."""

    left: Stored
    right: Stored
    new: tuple[Mask, Mask]

    @property
    def name(self) -> str | None:
        """Return what its signs are kept as; `None` where only some are new: that is quick."""
        return f"{self.left.name}-{self.right.name}" if any(map(np.all, self.new)) else None

    @property
    def pairs(self) -> int:
        """Return how many pairs of pictures there are to compare."""
        here, there = self.new
        if self.name:
            return len(here) * len(there)
        return int(here.sum()) * len(there) + int(there.sum()) * len(here)

    def sent(self) -> Sent:
        """Return the meeting with all that it needs, for workers that see no files of ours."""
        return self.left.open(), self.right.open(), self.new


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
        yield from _named(meeting, signs)
    for meeting, signs in _found(left, compute):
        if meeting.name:
            kept.keep_signs(meeting.name, signs)
        pace.add(meeting.pairs)
        yield from _named(meeting, signs)


def _meetings(stored: Sequence[Stored], fresh: frozenset[str]) -> Iterator[Meeting]:
    masks = [np.array([blob in fresh for blob in one.blobs]) for one in stored]
    for (left, here), (right, there) in combinations_with_replacement(
        list(zip(stored, masks, strict=True)), 2
    ):
        if here.any() or there.any():
            yield Meeting(left, right, (here, there))


def _named(meeting: Meeting, signs: Signs) -> Iterator[tuple[str, str, int, int]]:
    for a, b, what, count in signs.tolist():
        yield meeting.left.blobs[a], meeting.right.blobs[b], what, count


def _found(meetings: Sequence[Meeting], compute: Compute) -> Iterator[tuple[Meeting, Signs]]:
    if sum(meeting.pairs for meeting in meetings) <= _FEW_PAIRS:
        yield from ((meeting, _here([meeting])) for meeting in meetings)
    elif compute.here:
        for batch, signs in spread(_here, [[one] for one in meetings], compute, _ALLOWANCE):
            yield batch[0], _unless_crashed(batch[0], signs)
    else:
        work = ([(at, one.sent())] for at, one in enumerate(meetings))
        for [(at, _)], signs in spread(_there, work, compute):
            yield meetings[at], _unless_crashed(meetings[at], signs)


def _here(batch: Sequence[Meeting]) -> Signs:
    return _met(batch[0].sent())


def _there(batch: Sequence[tuple[int, Sent]]) -> Signs:
    return _met(batch[0][1])


def _met(sent: Sent) -> Signs:
    left, right, (here, there) = sent
    if here.all() or there.all():
        return meet(left, right)
    found = [np.empty((0, 4), np.int32)]
    if here.any():
        found.append(meet(left.only(here), right))
    if there.any():
        found.append(exchanged(meet(right.only(there), left)))
    return np.concatenate(found)


def _unless_crashed(meeting: Meeting, signs: Signs | WorkerCrashed) -> Signs:
    if isinstance(signs, WorkerCrashed):
        words = f"Comparing the words of {meeting.left.folder} with those of {meeting.right.folder}"
        raise RuntimeError(f"{words} ends the process that does it.")  # noqa: TRY004  it died
    return signs
