"""Verify candidate pairs in batches, by the workers that the policy names."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from covid19_images.duplicates.engine import Candidate, Pair, Spread
from covid19_images.duplicates.folder import at_once
from flows.sandbox.base import Compute
from flows.sandbox.processes import WorkerCrashed, batches
from flows.sandbox.spread import spread

BATCH = 256  # candidates; neighbours share a picture, and a batch carries each picture once
_FEW = 4 * BATCH  # a second of work: less than processes take to start

Numbered = tuple[int, Candidate]
Decide = Callable[[Candidate], Pair | None]


def verifier(compute: Compute) -> Spread:
    """Make the map that `engine.find` spreads its candidates with."""

    def verify(decide: Decide, candidates: Iterable[Candidate], /) -> Iterator[Pair | None]:
        numbered = list(enumerate(candidates))
        if len(numbered) <= _FEW:
            with at_once() as threads:
                yield from threads.map(decide, (candidate for _, candidate in numbered))
            return
        pairs: dict[int, Pair] = {}
        work = batches(numbered, size=BATCH)
        for batch, done in spread(partial(_verified, decide), work, compute):
            if isinstance(done, WorkerCrashed):
                [(_, (a, b, _))] = batch
                words = f"Comparing {a.key} with {b.key} ends the process that does it."
                raise RuntimeError(words)  # noqa: TRY004  no wrong type: it died
            pairs |= done
        yield from (pairs.get(at) for at, _ in numbered)

    return verify


def _verified(decide: Decide, batch: Sequence[Numbered]) -> dict[int, Pair]:
    found = ((at, decide(candidate)) for at, candidate in batch)
    return {at: pair for at, pair in found if pair}
