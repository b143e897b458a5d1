"""What a night saw of a source: as it is handed over, and as a `SourceRun`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, get_args

from covid19_images.manifest.record import Record
from flows.config.source import Source
from flows.labels.rows import Description
from flows.labels.table import TableDiff
from flows.night.handover import refused
from flows.night.handover.model import Observed, OutcomeEntry, TableEntry
from flows.night.listing import Scan
from flows.night.source_run import SourceRun
from flows.proposal.changes import SourceChange
from flows.upstream.outcome import NotVisited, Outcome, Retired
from flows.upstream.tree import Entry, TreeDiff

_KINDS: Mapping[str, Any] = {kind.__name__: kind for kind in get_args(Outcome)}


def observed(change: SourceChange) -> Observed | None:
    """Return what is handed over of a source; `None` where the other process knows it itself.

    Args:
        change: What happened to it.
    """
    outcome = change.outcome
    if isinstance(outcome, Retired | NotVisited):
        return None
    pairs = ((one.before, one.after) for one in change.renamed)
    return Observed(
        source=change.source.name,
        outcome=OutcomeEntry(kind=type(outcome).__name__, **_cut(asdict(outcome))),
        renamed=tuple((was.path, now.path) for was, now in pairs if was and now),
        tables={name: TableEntry(**asdict(diff)) for name, diff in change.tables.items()},
        left_by_reading=(
            None
            if change.left_by_reading is None
            else tuple(line[:4_000] for line in change.left_by_reading[:1_000])
        ),
    )


def _cut(values: Mapping[str, Any]) -> dict[str, Any]:
    """Shorten what no page shows whole anyway."""
    return {
        name: value[:4_000] if isinstance(value, str) else value for name, value in values.items()
    }


def source_run(
    entry: Observed, source: Source, before: Sequence[Record], now: Sequence[Record]
) -> SourceRun:
    """Return a run that saw what was handed over, as far as the rows bear it out.

    Args:
        entry: What was handed over.
        source: The configuration of the source.
        before: Its rows at the base.
        now: Its rows as they are handed over.

    Raises:
        HandoverError: No night could have seen this.
    """
    read = entry.left_by_reading
    if read is None and _pictures(before) != _pictures(now):
        raise refused(f"rows of {source.name} changed, and it says that nothing of it was read")
    diff = TreeDiff(renamed=_renamed(entry, before, now))
    tables = {name: TableDiff(**entry.model_dump()) for name, entry in entry.tables.items()}
    scan = Scan((), diff, {}, None, (), tables, ())
    described = None if read is None else Description(reasons=list(read))
    return SourceRun(source, outcome_of(entry), scan=scan, described=described)


def _pictures(rows: Sequence[Record]) -> set[tuple[str, str]]:
    return {(row.path, row.blob) for row in rows}


def outcome_of(entry: Observed) -> Outcome:
    """Return what an upstream did.

    Args:
        entry: What was handed over.

    Raises:
        HandoverError: No upstream does this.
    """
    kind = _KINDS.get(entry.outcome.kind)
    if kind in (None, Retired, NotVisited):
        raise refused(f"no upstream does {entry.outcome.kind!r}")
    stated = entry.outcome.model_dump(exclude={"kind"}, exclude_none=True)
    names = [field.name for field in fields(kind)]
    values = {name: stated.pop(name, None) for name in names}
    missing = [n for n, value in values.items() if value is None and n != "old"]
    if stated or missing or (kind.__name__ == "Rewritten" and values["old"] is None):
        raise refused(f"{entry.outcome.kind} has other keys than these")
    made: Outcome = kind(**values)
    return made


def _renamed(
    entry: Observed, before: Sequence[Record], now: Sequence[Record]
) -> tuple[tuple[Entry, Entry], ...]:
    """Return the pictures that moved: the same file, and its row at both places."""
    old, new = {row.path: row for row in before}, {row.path: row for row in now}
    found = []
    for was, path in entry.renamed:
        a, b = old.get(was), new.get(path)
        if a is None or b is None or a.blob != b.blob or was == path:
            raise refused(f"{entry.source}: its rows do not show that a picture moved there")
        found.append((Entry(was, a.blob), Entry(path, b.blob)))
    if len({b.path for _, b in found}) != len(found):
        raise refused(f"{entry.source}: two pictures moved to one place")
    return tuple(found)
