"""Read, write, check and compare manifests.

A manifest is a table with one row per image file, kept as one CSV per source: UTF-8, LF, comma,
RFC 4180 quoting, sorted by path, an empty cell where nothing is known. The columns are those of
`covid19_images.manifest.record.Record`. No text is written as a spreadsheet's formula.

    >>> from covid19_images.manifest.record import Record
    >>> row = Record(source="demo", path="images/a.png", blob="0" * 40, finding=("COVID-19",))
    >>> loads(dumps([row])) == [row]
    True
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from covid19_images.manifest.columns import Kind
from covid19_images.manifest.dataclass_csv import Table
from covid19_images.manifest.record import COLUMNS, SCHEMA_VERSION, Record

if TYPE_CHECKING:
    import pandas as pd


class ManifestError(ValueError):
    """Raised for what a manifest must not contain: what, and where."""


_PANDAS: dict[Kind, str] = {
    "text": "string",
    "enum": "string",
    "list": "object",
    "int": "Int64",
    "float": "Float64",
    "bool": "boolean",
    "date": "datetime64[s]",
}


_TABLE = Table(Record, "manifest", error=ManifestError, version=f"schema version {SCHEMA_VERSION}")
cells = _TABLE.cells
reader, parse_row = _TABLE.reader, _TABLE.row
loads = _TABLE.loads


def dumps(records: Iterable[Record]) -> str:
    """Write records as the text of a manifest file, sorted by source and path."""
    return _TABLE.dumps(sorted(records, key=lambda r: (r.source, r.path)))


def read(path: Path) -> list[Record]:
    """Read one manifest file.

    Raises:
        ManifestError: Where it is not a valid manifest.
        FileNotFoundError: Where there is no such file.
    """
    return loads(text(path), name=path.name)


def text(path: Path) -> str:
    """Read the text of a file.

    Raises:
        ManifestError: Where it is not UTF-8.
        FileNotFoundError: Where there is no such file.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ManifestError(f"{path.name}: not UTF-8 at byte {error.start}.") from None


def write(path: Path, records: Iterable[Record]) -> None:
    """Write one manifest file: UTF-8, LF, sorted."""
    path.write_text(dumps(records), encoding="utf-8", newline="\n")


def frame(records: Sequence[Record]) -> "pd.DataFrame":
    """Return the records as a table whose columns have types: ids stay text, gaps stay gaps."""
    import pandas as pd  # noqa: PLC0415  a download starts quickly without

    columns = {}
    for column in COLUMNS:
        cells = [getattr(record, column.name) for record in records]
        columns[column.name] = pd.Series(cells, dtype=_PANDAS[column.kind], name=column.name)
    return pd.DataFrame(columns)


def validate(records: Iterable[Record], *, beside: Iterable[str] = ()) -> list[str]:
    """List what is inconsistent between rows or between the cells of one row, as sentences.

    Args:
        records: The rows.
        beside: Keys of other rows that are there.
    """
    problems = []
    keys: set[str] = set()
    rows = list(records)
    known = {*beside, *(record.key for record in rows)}
    for record in rows:
        if record.key in keys:
            problems.append(f"{record.key}: stands in the manifest twice.")
        keys.add(record.key)
        problems += [f"{record.key}: {problem}" for problem in _row_problems(record, known)]
    return problems


def _row_problems(record: Record, known: set[str]) -> Iterable[str]:
    if record.status == "active" and record.pixels_sha256 is None:
        yield "is active but has no pixels_sha256."
    explained = ("refused", "withdrawn", "held", "quarantined")
    if record.status in explained and not record.status_reason:
        yield f"is {record.status} without a status_reason."
    if record.pixels_sha256 and record.image_id != f"c19-{record.pixels_sha256[:16]}":
        yield "its image_id is not the beginning of its pixels_sha256."
    if record.duplicate_of and record.duplicate_of not in known:
        yield f"is a duplicate of {record.duplicate_of}, which is not in the manifest."
    if bool(record.duplicate_of) != bool(record.duplicate_kind):
        yield "has only one of duplicate_of and duplicate_kind."
    if None not in (record.age_min, record.age_max) and record.age_min > record.age_max:  # type: ignore[operator]
        yield "has age_min above age_max."


@dataclass(frozen=True, slots=True)
class Change:
    """One row before and after; `None` on the side where it is not there."""

    before: Record | None
    after: Record | None

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that differ, where the row is on both sides."""
        if self.before is None or self.after is None:
            return ()
        return tuple(
            c.name for c in COLUMNS if getattr(self.before, c.name) != getattr(self.after, c.name)
        )


def diff(before: Iterable[Record], after: Iterable[Record]) -> list[Change]:
    """List the rows that were added, removed or changed, sorted by key.

    >>> from covid19_images.manifest.record import Record
    >>> old = Record(source="demo", path="a.png", blob="0" * 40)
    >>> [change.after is None for change in diff([old], [])]
    [True]
    """
    old = {record.key: record for record in before}
    new = {record.key: record for record in after}
    return [
        Change(was, now)
        for key in sorted(old.keys() | new.keys())
        if (was := old.get(key)) is not (now := new.get(key)) and was != now
    ]
