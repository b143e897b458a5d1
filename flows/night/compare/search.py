"""Find the pairs of new rows with all rows: propose by what is on disk, verify the candidates."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from covid19_images.duplicates import engine
from covid19_images.duplicates.verdict import Evidence, Same
from covid19_images.manifest.record import Record
from flows.collection.duplicates import Pair
from flows.decoding import blocks
from flows.night.compare.kept import Kept
from flows.night.compare.meetings import search
from flows.night.compare.sights import Hashes, RowsOf, Sight, sights
from flows.night.compare.verify import Look, Verifier
from flows.sandbox.base import Compute
from flows.sandbox.clock import Pace


@dataclass(frozen=True, slots=True)
class Search:
    """How copies are found.

    Attributes:
        cache: Folder for blocks, and for what a search found so far; it may be lost at any time.
        look: Gives the features of pictures, by blob id.
        compute: Where the work is done.
        say: Called with how far it is.
    """

    cache: Path
    look: Look
    compute: Compute = Compute()  # noqa: RUF009  frozen
    say: Callable[[str], None] = lambda _: None

    def found(
        self,
        rows: Sequence[Record],
        fresh: Sequence[Record],
        others: Iterable[Sequence[Record]] = (),
    ) -> tuple[tuple[Pair, ...], tuple[Record, ...]]:
        """Return the pairs of new rows with all rows, and the rows that could not be compared.

        Args:
            rows: Rows that can be duplicates.
            fresh: Those of them that were not compared yet.
            others: The rows of further sources, which were; most of them are not read.
        """
        every = sights(rows, others, fresh)
        by_blob = {one.blob: one for one in every}
        stored = blocks.covering(
            self.cache / "blocks",
            Hashes(by_blob),
            lambda some: self.look([by_blob[blob].row for blob in some]),
        )
        there = {blob for one in stored for blob in one.blobs}
        seen = [one for one in every if one.blob in there]
        new = {row.key for row in fresh}
        at = [number for number, row in enumerate(seen) if row.key in new]
        kept = Kept(self.cache / "search")
        signs = search(
            stored,
            {seen[number].blob for number in at},
            self.compute,
            kept,
            Pace("Searching for copies", self.say),
        )
        candidates = engine.candidates(seen, at, _by_row(seen, list(signs)))
        asked = {number for i, j, _ in candidates for number in (i, j)}
        by_key = {seen[number].key: seen[number] for number in asked}
        verifier = Verifier(
            RowsOf(seen),
            self.look,
            lambda pair: _pair(by_key[pair.a].row, by_key[pair.b].row, pair),
            self.compute,
            kept,
            Pace("Comparing candidates", self.say),
        )
        pairs = tuple(verifier.verify(candidates))
        kept.sweep()
        left = (one for one in every if one.blob not in there or one.key in verifier.lost)
        return pairs, tuple(one.row for one in left)


def _by_row(
    rows: Sequence[Sight], signs: Sequence[tuple[str, str, int, int]]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield each sign between blobs for all rows that have them; a block may hold others too."""
    named = {blob for a, b, _, _ in signs for blob in (a, b)}
    numbers = defaultdict(list)
    for number, row in enumerate(rows):
        if row.blob in named:
            numbers[row.blob].append(number)
    for a, b, what, count in signs:
        for i in numbers.get(a, ()):
            for j in numbers.get(b, ()):
                yield i, j, what, count


def _pair(a: Record, b: Record, found: engine.Pair) -> Pair:
    verdict, evidence = found.verdict, found.verdict.evidence
    dates = [date for date in (a.last_changed, b.last_changed) if date]
    kind = verdict.kind if isinstance(verdict, Same) else "undecided"
    return Pair(
        a=a.key,
        b=b.key,
        kind=kind,
        hamming_bits=evidence.hamming_bits,
        inliers=evidence.inliers if evidence.agreement else None,
        correlation=round(evidence.agreement.median, 4) if evidence.agreement else None,
        transform=transform_of(evidence),
        decided_by="bytes" if kind == "bytes" else "pixels" if kind == "pixels" else "verified",
        date=max(dates, default=None),
    )


def transform_of(evidence: Evidence) -> str:
    """Return how one picture becomes the other, as a pair's cell has it."""
    numbers = " ".join(f"{number + 0.0:.4g}" for number in evidence.transform)
    return f"{numbers} inverted".strip() if evidence.inverted else numbers
