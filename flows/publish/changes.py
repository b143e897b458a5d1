"""What a release changes: a row for each record, and words for people."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from covid19_images.manifest import spreadsheet, table
from covid19_images.manifest.statements import conflicts, decided
from covid19_images.release import volumes
from covid19_images.release.index import Index, SmallFile, Tombstone
from covid19_images.release.row import Row
from flows.text.escape import code

Act = Literal["ADD", "MOD", "DEL"]
_LISTED = 40  # names under one heading; changes.csv has all
_TABLES = (*volumes.FILES, conflicts.FILE, decided.FILE)  # what is published beside rows
_LOCATION_COLUMNS = ("redistributable", "shard", "member")


@dataclass(frozen=True, slots=True, order=True)
class RowChange:
    """One record that a release adds, changes or no longer has.

    Attributes:
        source: Its source.
        path: Its path.
        act: What happened.
        image_id: The picture, if there is one.
        columns: What changed.
    """

    source: str
    path: str
    act: Act
    image_id: str = ""
    columns: tuple[str, ...] = ()


def changes(before: Iterable[Row], after: Iterable[Row]) -> list[RowChange]:
    """Compare the manifests of two releases.

    A takedown leaves only its id: the name of a file may tell what must be forgotten.
    """
    old = {row.record.key: row for row in before}
    new = {row.record.key: row for row in after}
    found = [_change("ADD", new[key]) for key in new.keys() - old.keys()]
    found += [_change("DEL", old[key]) for key in old.keys() - new.keys()]
    for key in old.keys() & new.keys():
        columns = _columns(old[key], new[key])
        if columns:
            found.append(_change("MOD", new[key], columns))
    return sorted(found)


def have_same_tables(files: Iterable[SmallFile], earlier: Iterable[SmallFile]) -> bool:
    """Return whether two releases have the same tables beside their rows."""
    now, before = (
        {file.name: file.sha256 for file in some if file.name in _TABLES}
        for some in (files, earlier)
    )
    return now == before


def _change(act: Act, row: Row, columns: tuple[str, ...] = ()) -> RowChange:
    record = row.record
    return RowChange(record.source, record.path, act, record.image_id or "", columns)


def _columns(old: Row, new: Row) -> tuple[str, ...]:
    differing = table.Change(old.record, new.record).columns
    place = tuple(name for name in _LOCATION_COLUMNS if getattr(old, name) != getattr(new, name))
    return (*differing, *place)


def forget(found: Iterable[RowChange], dead: Sequence[Tombstone]) -> list[RowChange]:
    """Remove the names of files that were taken down from the list."""
    ids = {one.image_id for one in dead}
    return sorted(
        RowChange(c.source, "", c.act, c.image_id) if c.act == "DEL" and c.image_id in ids else c
        for c in found
    )


def dumps(found: Iterable[RowChange]) -> str:
    """Write `changes.csv`."""
    header = ["change", "source", "path", "image_id", "columns"]
    rows = [[c.act, c.source, c.path, c.image_id, ";".join(c.columns)] for c in sorted(found)]
    return spreadsheet.dumps([header, *rows])


_TITLES: dict[Act, str] = {"ADD": "Added", "MOD": "Changed", "DEL": "No longer in it"}


def words(index: Index, previous: str | None, found: Sequence[RowChange]) -> str:
    """Write `CHANGES.md`."""
    since = f"since {previous}" if previous else "in the first release"
    lines = [f"# {index.version}", ""]
    counts = Counter(c.act for c in found)
    counted = ", ".join(f"{_TITLES[act].lower()}: {counts[act]:,}" for act in _TITLES)
    lines += [
        f"What changed {since}. {counted[:1].upper()}{counted[1:]}. All of it: `changes.csv`.",
        "",
    ]
    for source in sorted({c.source for c in found}):
        mine = [c for c in found if c.source == source]
        lines += [f"## {source}", ""]
        for act in _TITLES:
            lines += _listed(act, [c for c in mine if c.act == act])
        lines.append("")
    if index.tombstones:
        lines += ["## Taken down", "", "These images must not be used any longer.", ""]
        lines += [f"- {t.image_id} ({t.reason}, {t.date.isoformat()})" for t in index.tombstones]
        lines.append("")
    return "\n".join(lines)


def _listed(act: Act, found: Sequence[RowChange]) -> list[str]:
    if not found:
        return []
    noun = "image" if len(found) == 1 else "images"
    lines = [f"- {_TITLES[act]}: {len(found):,} {noun}"]
    if act == "MOD":
        counts = Counter(column for c in found for column in c.columns)
        lines[0] += " (" + ", ".join(f"{name} {n:,}" for name, n in counts.most_common()) + ")"
    lines += [f"  - {code(c.path or c.image_id)}" for c in found[:_LISTED]]
    if len(found) > _LISTED:
        lines.append(f"  - … and {len(found) - _LISTED:,} more")
    return lines
