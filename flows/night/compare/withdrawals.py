"""Hold the copies of a picture that its upstream withdrew, or that a person took down.

What is withdrawn is a picture, not a file: a source that still has a copy of it, a part of it or
the composite it is in has only rearranged its files, and who collects pictures withdraws none that
a source nearer to the owner still has. Everything follows from the rows, the pairs
and the decisions as they are now, so the order of nights does not matter, and a picture that
its upstream restores is held no longer.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from scipy.cluster.hierarchy import DisjointSet

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.exposures import rank
from flows.collection.duplicates import Pair
from flows.config.decisions import Decisions, Exclusion
from flows.labels.rows import is_gone_upstream
from flows.text import names

_USED = ("active", "quarantined")


@dataclass(frozen=True, slots=True)
class _Exposures:
    """Which rows show one exposure, and which exposures are parts of each other."""

    of: Mapping[str, str]
    rows: Mapping[str, Sequence[Record]]
    beside: Mapping[str, set[str]]

    def same(self, record: Record) -> Sequence[Record]:
        """Return the rows with the same exposure."""
        return self.rows[self.of[record.key]]

    def around(self, record: Record) -> list[Record]:
        """Return the rows with the same exposure, with a part of it, or with it as a part."""
        own = self.of[record.key]
        return [
            row for one in sorted({own} | self.beside.get(own, set())) for row in self.rows[one]
        ]


def released(record: Record) -> Record:
    """Return a row as it would be if nothing were known of withdrawals."""
    if record.status != "held":
        return record
    return replace(record, status="active", status_reason=None)


def hold(
    records: Sequence[Record],
    pairs: Iterable[Pair],
    decisions: Decisions,
    *,
    order: Mapping[str, int],
) -> tuple[Record, ...]:
    """Mark the copies of what was withdrawn or taken down as held, with the reason.

    Args:
        records: All rows; none of them is held yet.
        pairs: All pairs; undecided ones hold nothing.
        decisions: What people took down, and which copies they let stay.
        order: Rank of each source; lower is closer to the owner.
    """
    causes = [row for row in records if row.status == "excluded" or is_gone_upstream(row)]
    if not causes:
        return tuple(records)
    exposures = _exposures(records, pairs)
    why: dict[str, list[Record]] = defaultdict(list)
    for cause in sorted(causes, key=lambda row: (row.status, row.key)):  # takedowns come first
        around = exposures.around(cause)
        if cause.status == "withdrawn":
            if _still_there(cause, around) or _nearer(exposures.same(cause), cause, order):
                continue
            nearer = {row.key for row in _nearer(around, cause, order)}
            around = [row for row in around if row.key not in nearer]
        for row in around:
            if row.status in _USED and not _kept(row, cause, decisions):
                why[row.key].append(cause)
    return tuple(
        replace(row, status="held", status_reason=_reason(why[row.key], decisions.exclude))
        if row.key in why
        else row
        for row in records
    )


def _still_there(cause: Record, around: Iterable[Record]) -> bool:
    """Return whether the source only removed a duplicate, renamed, replaced, cut or joined."""
    return any(row.source == cause.source and row.status in (*_USED, "excluded") for row in around)


def _nearer(rows: Iterable[Record], cause: Record, order: Mapping[str, int]) -> list[Record]:
    """Return the rows in use of sources that are nearer to the owner than the one that withdrew."""
    own = rank(order, cause.source)
    return [row for row in rows if row.status in _USED and rank(order, row.source) < own]


def _exposures(records: Iterable[Record], pairs: Iterable[Pair]) -> _Exposures:
    by_key = {row.key: row for row in records}
    joined: DisjointSet[str] = DisjointSet(by_key)
    first: dict[str, str] = {}
    for row in by_key.values():
        if row.image_id and "blank" not in row.quality:
            joined.merge(first.setdefault(row.image_id, row.key), row.key)
    known = [
        pair for pair in pairs if pair.kind != "undecided" and {pair.a, pair.b} <= by_key.keys()
    ]
    for pair in known:
        if pair.kind != "part":
            joined.merge(pair.a, pair.b)
    of = {key: joined[key] for key in by_key}
    rows: dict[str, list[Record]] = defaultdict(list)
    for key, row in by_key.items():
        rows[of[key]].append(row)
    beside: dict[str, set[str]] = defaultdict(set)
    for pair in known:
        if pair.kind == "part":
            beside[of[pair.a]].add(of[pair.b])
            beside[of[pair.b]].add(of[pair.a])
    return _Exposures(of, rows, beside)


def _kept(row: Record, cause: Record, decisions: Decisions) -> bool:
    """Return whether a person let a copy stay; a later takedown is another question."""
    keeps = [one for one in decisions.keep if one.image in (row.key, row.image_id)]
    if cause.status != "excluded":
        return bool(keeps)
    taken_down = _exclusion(cause, decisions.exclude)
    return any(taken_down is None or one.date >= taken_down.date for one in keeps)


def _exclusion(cause: Record, exclusions: Sequence[Exclusion]) -> Exclusion | None:
    named = [one for one in exclusions if one.image in (cause.key, cause.image_id)]
    return named[-1] if named else None


def _reason(causes: Sequence[Record], exclusions: Sequence[Exclusion]) -> str:
    """Return who withdrew what when; of a takedown only what a release publishes of it anyway."""
    first = causes[0]
    more = f"; and of {len(causes) - 1:,} more like it" if len(causes) > 1 else ""
    if first.status == "excluded":
        found = _exclusion(first, exclusions)
        when = f" on {found.date.isoformat()} ({found.reason})" if found else ""
        return f"a copy or a part of {first.image_id}, which was taken down{when}{more}"
    hides = "dated_name" in first.privacy
    path = names.withheld(first.path, first.blob) if hides else first.path
    return (
        f"a copy or a part of {first.source}/{path} ({first.image_id}), which {first.source} "
        f"withdrew: {first.status_reason}{more}"
    )
