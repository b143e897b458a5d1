"""Verify which volumes are copies, by the workers on this machine; what was verified is kept."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from covid19_images.duplicates.volumes.compare import Copied, Seed, by_name
from flows.decoding.volume_copies import Files, Question, compare_batch
from flows.night.compare.kept import Kept
from flows.night.compare.volume_features import files_of
from flows.night.compare.volume_sides import Side
from flows.night.context import RunContext
from flows.night.net import contained
from flows.sandbox.processes import WorkerCrashed
from flows.sandbox.spread import spread
from flows.upstream import git
from flows.upstream.clone import Clone

_AT_ONCE = 32  # others that one volume is compared with before it is read again

Begun = tuple[int, int, tuple[Seed, ...]]


@dataclass(frozen=True, slots=True)
class VolumeVerifier:
    """Decide about candidates.

    Attributes:
        context: Where clones are, and limits.
        sides: All volumes and pictures; candidates name them by their place.
        kept: What is done already.
        lost: Keys of volumes that could not be read.
    """

    context: RunContext
    sides: Sequence[Side]
    kept: Kept
    lost: set[str] = field(default_factory=set)

    def verify(self, begun: Sequence[Begun]) -> dict[tuple[int, int], Copied]:
        """Return those that are copies.

        Args:
            begun: A volume, another or a picture, and slices that may be the same.
        """
        found: dict[tuple[int, int], Copied | None] = {}
        left = []
        for one in begun:
            i, j, _ = one
            known = by_name(self.sides[i].slices, self.sides[j].slices)
            if known is not None:
                found[i, j] = known
                continue
            text = self.kept.text(self._name(one))
            if text is None:
                left.append(one)
            else:
                found[i, j] = _loads(text)
        for one, copied in self._answered(left):
            found[one[0], one[1]] = copied
            self.kept.keep_text(self._name(one), _dumps(copied))
        return {pair: copied for pair, copied in sorted(found.items()) if copied is not None}

    def _name(self, one: Begun) -> str:
        """Return what a verdict is called, after all that it depends on."""
        i, j, seeds = one
        digest = hashlib.sha256()
        for side in (self.sides[i], self.sides[j]):
            slices = side.slices
            digest.update(repr((slices.volume_id, side.ids, slices.size)).encode())
            digest.update(slices.turn.tobytes())
        for row, at, matrix in seeds:
            digest.update(f"{row} {at} ".encode() + matrix.tobytes())
        return digest.hexdigest()[:32]

    def _answered(self, begun: Sequence[Begun]) -> Iterator[tuple[Begun, Copied | None]]:
        clones = self._clones({side for i, j, _ in begun for side in (i, j)})
        by_volume: dict[int, list[Begun]] = defaultdict(list)
        for one in begun:
            if one[0] in clones and one[1] in clones:
                by_volume[one[0]].append(one)
        work = [
            some[at : at + _AT_ONCE]
            for some in by_volume.values()
            for at in range(0, len(some), _AT_ONCE)
        ]
        for some, answers in self._asked(work, clones):
            if answers is not None:
                yield from zip(some, answers, strict=True)
                continue
            for [alone], answer in self._asked([[one] for one in some], clones):
                if answer is not None:
                    yield alone, answer[0]
                else:
                    self.lost.add(self.sides[alone[0]].key)

    def _asked(
        self, work: Sequence[Sequence[Begun]], clones: Mapping[int, Clone]
    ) -> Iterator[tuple[Sequence[Begun], list[Copied | None] | None]]:
        """Yield candidates of one volume with their verdicts; `None` where the reader died."""

        def files(number: int) -> Files:
            return files_of(clones[number], self.sides[number])

        questions = [
            [Question(at, files(some[0][0]), tuple((files(j), seeds) for _, j, seeds in some))]
            for at, some in enumerate(work)
        ]
        act = partial(compare_batch, limits=self.context.limits())
        compute = self.context.config.policy.compute.on_this_machine()
        for batch, done in spread(act, questions, compute, self.context.allowance()):
            yield work[batch[0].number], None if isinstance(done, WorkerCrashed) else done[0]

    def _clones(self, numbers: set[int]) -> dict[int, Clone]:
        """Return the clones of volumes and pictures whose files are here; others are lost."""
        found: dict[int, Clone] = {}
        for source in self.context.config.sources:
            own = [number for number in numbers if self.sides[number].source == source.name]
            if not own:
                continue
            with contained(source.name), suppress(git.GitError):
                clone = self.context.clone(source)
                unfetched = clone.fetch_blobs([b for n in own for b in self.sides[n].blobs])
                found |= {n: clone for n in own if not unfetched.keys() & {*self.sides[n].blobs}}
        self.lost.update(self.sides[number].key for number in numbers - found.keys())
        return found


def _dumps(copied: Copied | None) -> str:
    if copied is None:
        return "null"
    return json.dumps({"kind": copied.kind, "affine": copied.affine.tolist()})


def _loads(text: str) -> Copied | None:
    cells = json.loads(text)
    return cells and Copied(kind=cells["kind"], affine=np.array(cells["affine"]))
