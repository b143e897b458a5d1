"""Find copies within and across sources, and say which one is kept.

New rows are compared with all rows, old pairs are carried over: the cost follows what is new.
A pair's verdict depends on its two pictures only, so any order of nights gives the same pairs.
What a person decided always wins.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from covid19_images.duplicates import clusters, engine
from covid19_images.duplicates.clusters import Link
from covid19_images.duplicates.features import Features
from covid19_images.duplicates.picture import of_record
from covid19_images.duplicates.verdict import Evidence, Same
from covid19_images.manifest.record import Record
from flows.collection.duplicates import Pair
from flows.collection.lives import left_by_configuration
from flows.config.decisions import Decisions
from flows.night.compare.decided import apply_decisions
from flows.night.compare.verify import verifier
from flows.night.compare.withdrawals import hold
from flows.sandbox.base import Compute

Look = Callable[[Sequence[Record]], Mapping[str, Features]]


@dataclass(frozen=True, slots=True)
class Compared:
    """All rows with their copies and groups marked, and all pairs.

    Attributes:
        unseen: Rows that should have been compared, but whose features could not be had.
    """

    records: tuple[Record, ...]
    pairs: tuple[Pair, ...]
    unseen: tuple[Record, ...] = ()


def compare(
    records: Sequence[Record],
    earlier: Iterable[Pair],
    known: Mapping[str, str],
    order: Mapping[str, int],
    decisions: Decisions,
    look: Look,
    *,
    unseen: Collection[str] = (),
    compute: Compute = Compute(),  # noqa: B008  frozen
) -> Compared:
    """Find the copies among all rows.

    Args:
        records: Every row of the collection; none of them is held yet.
        earlier: The pairs found before.
        known: Blob ids by key of the rows that `earlier` was found among.
        order: Rank of each source; lower is closer to the owner.
        decisions: What people decided.
        look: Gives the features of pictures, by blob id; asked only when something is new.
        unseen: Keys of rows that earlier nights could not compare.
        compute: Where pairs are verified.
    """
    # What is gone or taken down is compared too: a copy of it may come later, and is held then.
    pictures = sorted((r for r in records if comparable(r)), key=lambda r: r.key)
    same = {r.key for r in pictures if known.get(r.key) == r.blob or r.status == "withdrawn"}
    kept = [pair for pair in earlier if pair.a in same and pair.b in same]
    fresh = [record for record in pictures if record.key not in same or record.key in unseen]
    features = look(pictures) if fresh else {}
    seen = [record for record in pictures if record.blob in features]
    found = _found(fresh, seen, features, compute)
    pairs = apply_decisions([*kept, *found], decisions.pairs, pictures)
    left = tuple(r for r in pictures if r.blob not in features) if fresh else ()
    marked = tuple(_mark(hold(records, pairs, decisions, order=order), pairs, order))
    return Compared(marked, tuple(pairs), left)


def comparable(record: Record) -> bool:
    """Return whether a row has a picture that can be a duplicate; blank pictures cannot."""
    there = record.status in ("active", "withdrawn", "excluded")
    shows = bool(record.phash) and "blank" not in record.quality
    return there and shows and not left_by_configuration(record)


def _usable(record: Record) -> bool:
    return record.status == "active" and comparable(record)


def _found(
    fresh: Sequence[Record],
    pictures: Sequence[Record],
    features: Mapping[str, Features],
    compute: Compute,
) -> Iterator[Pair]:
    items = {record.key: of_record(record, features[record.blob]) for record in pictures}
    by_key = {record.key: record for record in pictures}
    new = [items[record.key] for record in fresh if record.key in items]
    for pair in engine.find(new, list(items.values()), spread=verifier(compute)):
        yield _pair(by_key[pair.a], by_key[pair.b], pair)


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
        transform=_transform(evidence),
        decided_by="bytes" if kind == "bytes" else "pixels" if kind == "pixels" else "verified",
        date=max(dates, default=None),
    )


def _transform(evidence: Evidence) -> str:
    numbers = " ".join(f"{number + 0.0:.4g}" for number in evidence.transform)
    return f"{numbers} inverted".strip() if evidence.inverted else numbers


def _mark(
    records: Sequence[Record], pairs: Sequence[Pair], order: Mapping[str, int]
) -> Iterator[Record]:
    by_key = {record.key: record for record in records}
    links = [
        Link(pair.a, pair.b, pair.kind, a_is_panel=_area(pair.transform) < 1)
        for pair in pairs
        if pair.kind != "undecided"
    ]
    pictures = [link for link in links if _usable(by_key[link.a]) and _usable(by_key[link.b])]
    found = clusters.copies(pictures, by_key, order)
    groups = clusters.groups([r for r in records if not left_by_configuration(r)], links)
    for record in records:
        copy = found.get(record.key)
        yield replace(
            record,
            duplicate_of=copy.of if copy else None,
            duplicate_kind=copy.kind if copy else None,
            group=groups.get(record.key),
        )


def _area(transform: str) -> float:
    """Return the share of b's area that a covers, from the map of one to the other in fractions."""
    numbers = [float(word) for word in transform.split() if word != "inverted"]
    if len(numbers) != 6:
        return 1.0
    xx, xy, _, yx, yy, _ = numbers
    return abs(xx * yy - xy * yx)
