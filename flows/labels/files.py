"""The tables of a source as they are in the upstream: read, or why not, and what is odd in them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from covid19_images.images.refused import Refused
from flows.collection.problems import Problem
from flows.config.source import Source
from flows.config.tables import Columned, Join, Table
from flows.labels import table as tables
from flows.labels.damage import UnreadableTableError
from flows.labels.dialect import Wanted
from flows.labels.finder import key_columns
from flows.labels.table import Row, TableText, normal
from flows.labels.written import Labels, Trouble, Written
from flows.text.plural import plural

Layout = TypeVar("Layout", bound=Columned)
Layout_co = TypeVar("Layout_co", bound=Columned, covariant=True)
_LINES_SHOWN = 5
YES = frozenset(["1", "1.0", "true", "x", "y", "yes"])
NO = frozenset(["", "-", "0", "0.0", "false", "n", "n/a", "na", "nan", "no", "none", "null"])
_UNKNOWN_BASIS = "unknown offset"  # the bare word says nothing anywhere


@dataclass(frozen=True, slots=True)
class TableFile(Generic[Layout_co]):
    """One table of a source, as it is in the upstream; or why it was not read.

    Attributes:
        layout: How it is read.
        path: Where it is.
        text: What it says.
        unread: Why it was not read.
        joined: The tables that give columns to its rows.
    """

    layout: Layout_co
    path: str
    text: TableText | None
    unread: str = ""
    joined: "tuple[TableFile[Join], ...]" = ()


def read_table(
    layout: Layout, path: str, content: bytes | Refused, joined: Iterable[TableFile[Join]] = ()
) -> TableFile[Layout]:
    """Return a table read as its layout asks, or why it cannot be."""
    beside = tuple(joined)
    if isinstance(content, Refused):
        return TableFile(layout, path, None, content.reason, beside)
    try:
        return TableFile(layout, path, tables.read(path, content, wanted(layout)), "", beside)
    except UnreadableTableError as error:
        return TableFile(layout, path, None, str(error), beside)


def present(layout: Columned, paths: Iterable[str]) -> str | None:
    """Return the first of a table's possible files that the upstream has."""
    have = set(paths)
    return next((file for file in layout.files if file in have), None)


def key_column(layout: Columned) -> str:
    """Return the column that tells rows apart: it names the image, or what is joined."""
    return next(iter(_keys(layout)), "")


def wanted(layout: Columned) -> Wanted:
    """Return the columns that a table must and may have."""
    key = key_column(layout)
    return Wanted(key, frozenset(_named(layout) - {key, ""}))


def _keys(layout: Columned) -> list[str]:
    if isinstance(layout, Table):
        return key_columns(layout)
    return [normal(layout.to or layout.on)] if isinstance(layout, Join) else []


def _named(layout: Columned) -> set[str]:
    named = {normal(column) for columns in layout.fields.values() for column in columns}
    named |= {normal(offset.column) for offset in layout.offsets} | set(_keys(layout))
    named |= set(map(normal, layout.marked))
    joins = layout.join if isinstance(layout, Table) else ()
    return named | {normal(one.on) for one in joins}


def from_row(layout: Columned, file: str, row: Row) -> Labels:
    """Return what one row says, by field."""
    written: Labels = {}
    for name, columns in layout.fields.items():
        texts = [row.cells.get(normal(column), "").strip() for column in columns]
        texts_found = [Written(text, file, row.line) for text in texts if text]
        if texts_found:
            written[name] = texts_found if name == "notes" else texts_found[:1]
    if seen := [Written(text, file, row.line) for text in _marked(layout, row)]:
        written.setdefault("finding", seen)
    for offset in layout.offsets:
        if text := row.cells.get(normal(offset.column), "").strip():
            name = "event_offset" if offset.until else "offset"
            written[name] = [Written(text, file, row.line)]
            basis = _UNKNOWN_BASIS if offset.basis == "unknown" else offset.basis
            written["offset_basis"] = [Written(basis, file, row.line)]
            break
    return written


def _marked(layout: Columned, row: Row) -> Iterator[str]:
    """List the findings whose columns a row marks; what is neither yes nor no stays to be seen."""
    for column in layout.marked:
        text = row.cells.get(normal(column), "").strip()
        if text.casefold() in YES:
            yield column
        elif text.casefold() not in NO:
            yield f"{column}: {text}"


def missing(source: Source, layout: Columned) -> tuple[Problem, Trouble]:
    """Return what it means that the upstream has none of a table's files."""
    what = f"no table: the upstream has none of {', '.join(layout.files)}"
    problem = Problem(source.name, layout.files[0], 0, "table_missing", what)
    gone = f"the upstream has no {' or '.join(layout.files)} any more"
    return problem, Trouble(gone, layout.says, sure=False)


def unreadable(source: Source, file: TableFile[Columned]) -> tuple[Problem, Trouble]:
    """Return what it means that a table was not read."""
    problem = Problem(source.name, file.path, 0, "table_unreadable", file.unread)
    what = f"{file.path} cannot be used: {file.unread}"
    return problem, Trouble(what, file.layout.says)


def problems_of(source: Source, file: TableFile[Columned], text: TableText) -> Iterator[Problem]:
    """List what is odd in a table that was read: columns, its dialect, damage."""
    known = _named(file.layout) | {normal(column) for column in file.layout.unused} | {""}
    for column in text.columns:
        if column not in known:
            what = f"column {column!r} is neither used nor named in {_kind(file.layout)}.unused"
            yield Problem(source.name, file.path, 1, "unknown_column", what)
    if text.notes:
        yield Problem(
            source.name, file.path, 0, "table_dialect", f"read so: {'; '.join(text.notes)}"
        )
    for line in text.mixed:
        what = "this line is not UTF-8, as others are; it was read as cp1252"
        yield Problem(source.name, file.path, line, "mixed_encoding", what)
    for row in text.damaged:
        what = f"the row is not used: {row.what}"
        yield Problem(source.name, file.path, row.line, "damaged_row", what)


def _kind(layout: Columned) -> str:
    return "tables.join" if isinstance(layout, Join) else "tables"


def troubles_of(file: TableFile[Columned], text: TableText) -> Iterator[Trouble]:
    """List why labels may be missing although the table was read."""
    if not text.rows and not text.damaged:
        what = f"{file.path} has a header, and not one row"
        yield Trouble(what, file.layout.says, sure=False)
    if text.damaged:
        lines = ", ".join(str(row.line) for row in text.damaged[:_LINES_SHOWN])
        more = ", …" if len(text.damaged) > _LINES_SHOWN else ""
        count = plural(len(text.damaged), "rows")
        what = f"{count} of {file.path} cannot be used (lines {lines}{more})"
        is_main = not isinstance(file.layout, Join)  # whose rows are counted by image
        yield Trouble(what, file.layout.says, without_row=is_main)
    for column in file.layout.marked:
        if normal(column) not in text.columns:
            what = f"{file.path} has no column {column!r} any more"
            yield Trouble(what, frozenset(["finding"]), sure=False)
    for name, columns in file.layout.fields.items():
        if columns and not {normal(column) for column in columns} & set(text.columns):
            named = " or ".join(map(repr, columns))
            what = f"{file.path} has no column {named} any more"
            yield Trouble(what, frozenset([name]), sure=False)
