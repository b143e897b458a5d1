"""Verify candidate pairs in batches, by the workers that the policy names."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from covid19_images.duplicates.engine import Candidate, Pair, paired
from covid19_images.duplicates.features import Features
from covid19_images.duplicates.folder import at_once
from covid19_images.duplicates.picture import Item, of_record
from covid19_images.duplicates.transforms import Hint
from covid19_images.manifest.record import Record
from flows.collection import duplicates
from flows.night.compare.kept import Kept
from flows.sandbox.base import Compute
from flows.sandbox.clock import Pace
from flows.sandbox.processes import WorkerCrashed, batches
from flows.sandbox.spread import spread

BATCH = 256  # candidates; neighbours share a picture, and a batch carries each picture once
_FEW = 4 * BATCH  # a second of work: less than processes take to start

Look = Callable[[Sequence[Record]], Mapping[str, Features]]
Wanted = tuple[int, int, Hint]
Numbered = tuple[int, Candidate]


@dataclass(frozen=True, slots=True)
class Verifier:
    """Decide about candidates, a batch at a time: only its pictures' features are in memory.

    Attributes:
        rows: All rows; candidates name them by their place.
        look: Gives the features of rows, by blob id.
        as_pair: Makes a pair of the collection of one of the engine.
        compute: Where it is done.
        kept: What is done already.
        pace: Hears how much is done.
        lost: Keys of rows whose features could not be had; their candidates are left out.
    """

    rows: Sequence[Record]
    look: Look
    as_pair: Callable[[Pair], duplicates.Pair]
    compute: Compute
    kept: Kept
    pace: Pace
    lost: set[str] = field(default_factory=set)

    def verify(self, candidates: Sequence[Wanted]) -> list[duplicates.Pair]:
        """Return the pairs of those candidates that are the same or may be, in their order."""
        work = batches(candidates, size=BATCH)
        names = [self._name(some) for some in work]
        known = {at: self.kept.pairs(name) for at, name in enumerate(names)}
        done = {at: pairs for at, pairs in known.items() if pairs is not None}
        self.pace.begin(len(candidates))
        self.pace.skip(sum(len(work[at]) for at in done))
        left = {at: some for at, some in enumerate(work) if at not in done}
        for at, size, found in self._found(left):
            done[at] = tuple(map(self.as_pair, found))
            if size == len(left[at]):  # nothing was left out
                self.kept.keep_pairs(names[at], done[at])
            self.pace.add(size)
        return [pair for _, pairs in sorted(done.items()) for pair in pairs]

    def _name(self, some: Sequence[Wanted]) -> str:
        """Return what a batch is called, after all that its verdicts depend on."""
        digest = hashlib.sha256()
        for i, j, hint in some:
            turns = sorted(hint.turns.items())
            digest.update(repr((self.rows[i], self.rows[j], sorted(hint.variants), turns)).encode())
        return digest.hexdigest()[:32]

    def _found(self, left: Mapping[int, Sequence[Wanted]]) -> Iterator[tuple[int, int, list[Pair]]]:
        """Yield of each batch its number, how many candidates were verified, and their pairs."""
        loaded = self._loaded(left)
        if sum(map(len, left.values())) <= _FEW:
            with at_once() as threads:
                for some in loaded:
                    found = threads.map(paired, (candidate for _, candidate in some))
                    yield some[0][0], len(some), [pair for pair in found if pair]
            return
        for batch, done in spread(verified, loaded, self.compute):
            if isinstance(done, WorkerCrashed):
                [(_, (a, b, _))] = batch
                words = f"Comparing {a.key} with {b.key} ends the process that does it."
                raise RuntimeError(words)  # noqa: TRY004  no wrong type: it died
            yield batch[0][0], len(batch), done

    def _loaded(self, left: Mapping[int, Sequence[Wanted]]) -> Iterator[list[Numbered]]:
        """Read the pictures of one batch after the other; the next one shares many with it."""
        loaded: dict[int, Item] = {}
        for at, some in left.items():
            asked = {number for i, j, _ in some for number in (i, j)}
            loaded = {number: loaded[number] for number in asked & loaded.keys()}
            loaded |= self._items(sorted(asked - loaded.keys()))
            self.lost.update(self.rows[number].key for number in asked - loaded.keys())
            batch = [
                (at, (loaded[i], loaded[j], hint))
                for i, j, hint in some
                if i in loaded and j in loaded
            ]
            if batch:
                yield batch

    def _items(self, numbers: Iterable[int]) -> dict[int, Item]:
        rows = {number: self.rows[number] for number in numbers}
        found = self.look(list(rows.values())) if rows else {}
        return {
            number: of_record(row, found[row.blob])
            for number, row in rows.items()
            if row.blob in found
        }


def verified(batch: Sequence[Numbered]) -> list[Pair]:
    """Return the pairs of one batch, as a worker does."""
    return [pair for _, candidate in batch if (pair := paired(candidate))]
