"""Read, write, check and compare manifests.

A manifest is a table with one row per image file, kept as one CSV per source: UTF-8, LF, comma,
RFC 4180 quoting, sorted by path, an empty cell where nothing is known. The columns are those of
`covid19_images.manifest.record.Record`. No text is written as a spreadsheet's formula.

    >>> from covid19_images.manifest.record import Record
    >>> row = Record(source="demo", path="images/a.png", blob="0" * 40, finding=("COVID-19",))
    >>> loads(dumps([row])) == [row]
    True
"""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from covid19_images.manifest import identifiers
from covid19_images.manifest.record import COLUMNS, SCHEMA_VERSION, Column, Kind, Record
from covid19_images.manifest.spreadsheet import cell, line, uncell

Cell = str | int | float | bool | dt.date | tuple[str, ...] | None


class ManifestError(ValueError):
    """Say what a manifest holds that it must not hold, and where."""


def _format_float(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _parse_bool(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


_WRITE: dict[Kind, Callable[[Any], str]] = {
    "text": str,
    "enum": str,
    "list": ";".join,
    "int": str,
    "float": _format_float,
    "bool": lambda value: "true" if value else "false",
    "date": lambda value: value.isoformat(),
}
_READ: dict[Kind, Callable[[str], Cell]] = {
    "text": str,
    "enum": str,
    "list": lambda text: tuple(text.split(";")),
    "int": int,
    "float": float,
    "bool": _parse_bool,
    "date": dt.date.fromisoformat,
}
_PANDAS: dict[Kind, str] = {
    "text": "string",
    "enum": "string",
    "list": "object",
    "int": "Int64",
    "float": "Float64",
    "bool": "boolean",
    "date": "datetime64[s]",
}


_TEXTS = frozenset({"text", "list"})  # kinds of columns that may hold upstream's words


def _cell(column: Column, record: Record) -> str:
    value = getattr(record, column.name)
    if value is None or value == ():
        return ""
    text = _WRITE[column.kind](value)
    return cell(text) if column.kind in _TEXTS else text


def dumps(records: Iterable[Record]) -> str:
    """Write records as the text of a manifest file, sorted by source and path."""
    ordered = sorted(records, key=lambda r: (r.source, r.path))
    return line(column.name for column in COLUMNS) + "".join(line(cells(r)) for r in ordered)


def cells(record: Record) -> list[str]:
    """Write one row's cells, in the order of `COLUMNS`."""
    return [_cell(column, record) for column in COLUMNS]


def _value(column: Column, text: str, where: str) -> Cell:
    if text == "":
        if column.required:
            raise ManifestError(f"{where}: {column.name} is empty; every row needs one.")
        return () if column.kind == "list" else None
    text = uncell(text) if column.kind in _TEXTS else text
    try:
        value = _READ[column.kind](text)
    except ValueError:
        raise ManifestError(
            f"{where}: {column.name} is {text!r}; it must be of type {column.kind}."
        ) from None
    words = value if isinstance(value, tuple) else (text,)
    if column.words and not set(words) <= set(column.words):
        raise ManifestError(
            f"{where}: {column.name} is {text!r}; it must be one of {', '.join(column.words)}."
        )
    return value


def loads(text: str, *, name: str = "manifest") -> list[Record]:
    """Read the text of a manifest file.

    Args:
        text: The whole file.
        name: How errors call it.

    Raises:
        ManifestError: Where the header or a cell is not what the schema says.
    """
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        _check_header(next(rows, []), name)
        return [parse_row(row, f"{name}, line {rows.line_num}") for row in rows]
    except csv.Error as error:
        raise ManifestError(
            f"{name}, line {rows.line_num}: not readable as CSV: {error}."
        ) from None


def _check_header(header: Sequence[str], name: str) -> None:
    expected = [column.name for column in COLUMNS]
    if header != expected:
        odd = sorted(set(header) ^ set(expected)) or ["the order of columns"]
        raise ManifestError(
            f"{name}: the header differs from schema version {SCHEMA_VERSION} in: {', '.join(odd)}."
        )


def parse_row(row: Sequence[str], where: str) -> Record:
    """Read one row's cells.

    Args:
        row: The cells, in the order of `COLUMNS`.
        where: How errors call the row.

    Raises:
        ManifestError: Where a cell is not what the schema says.
    """
    if len(row) != len(COLUMNS):
        raise ManifestError(f"{where}: {len(row)} cells where {len(COLUMNS)} belong.")
    values: dict[str, Any] = {
        column.name: _value(column, cell, where) for column, cell in zip(COLUMNS, row, strict=True)
    }
    check_identifiers(values, where)
    return Record(**values)


def check_identifiers(cells: Mapping[str, object], where: str) -> None:
    """Refuse a row whose identifiers are none: they become names of files and parts of commands.

    Raises:
        ManifestError: Where one is not of the form it must have.
    """
    for name in identifiers.odd(cells):
        raise ManifestError(f"{where}: {name} is {str(cells[name])[:200]!r}, which is no {name}.")


def read(path: Path) -> list[Record]:
    """Read one manifest file, or every `*.csv` of a folder.

    Raises:
        ManifestError: Where a file is not a valid manifest.
        FileNotFoundError: Where there is no such file or folder.
    """
    if path.is_dir():
        return [record for file in sorted(path.glob("*.csv")) for record in read(file)]
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ManifestError(f"{path.name}: not UTF-8 at byte {error.start}.") from None
    return loads(text, name=path.name)


def write(path: Path, records: Iterable[Record]) -> None:
    """Write one manifest file: UTF-8, LF, sorted."""
    path.write_text(dumps(records), encoding="utf-8", newline="\n")


def frame(records: Sequence[Record]) -> pd.DataFrame:
    """Return the records as a table whose columns have types: ids stay text, gaps stay gaps."""
    columns = {}
    for column in COLUMNS:
        cells = [getattr(record, column.name) for record in records]
        columns[column.name] = pd.Series(cells, dtype=_PANDAS[column.kind], name=column.name)
    return pd.DataFrame(columns)


def validate(records: Iterable[Record]) -> list[str]:
    """List what is inconsistent between rows or between the cells of one row, as sentences."""
    problems = []
    keys: set[str] = set()
    rows = list(records)
    known = {record.key for record in rows}
    for record in rows:
        if record.key in keys:
            problems.append(f"{record.key}: stands in the manifest twice.")
        keys.add(record.key)
        problems += [f"{record.key}: {problem}" for problem in _row_problems(record, known)]
    return problems


def _row_problems(record: Record, known: set[str]) -> Iterable[str]:
    if record.status == "active" and record.pixels_sha256 is None:
        yield "is active but has no pixels_sha256."
    if record.status in ("refused", "withdrawn", "quarantined") and not record.status_reason:
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
        Change(old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]
