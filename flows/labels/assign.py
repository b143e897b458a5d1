"""Gather what a layout says of each image: texts by field, from tables, paths and constants."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from covid19_images.images.refused import Refused
from flows.collection.problems import Problem
from flows.config.source import Source, Table
from flows.labels import table as tables
from flows.labels.damage import UnreadableTableError
from flows.labels.dialect import Wanted
from flows.labels.finder import Ambiguous, Finder, key_columns
from flows.labels.table import Row, TableText, normal
from flows.text.plural import plural


@dataclass(frozen=True, slots=True)
class Written:
    """One text an upstream gives for a field, and where it stands."""

    text: str
    file: str
    line: int = 0


Labels = dict[str, list[Written]]
_LINES_SHOWN = 5
_UNKNOWN_BASIS = "unknown offset"  # the bare word says nothing anywhere


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why labels that were there before may be missing now, through no decision of a person.

    Attributes:
        what: In words.
        fields: The fields concerned.
        without_row: Whether it concerns only images that no row describes.
        sure: Whether something is wrong even where no label would be lost.
    """

    what: str
    fields: frozenset[str]
    without_row: bool = False
    sure: bool = True


@dataclass(slots=True)
class Labelled:
    """What a layout says of every path, and what in it could not be used.

    Attributes:
        by_path: The texts of every image, by field.
        with_row: Images that a row of any table describes.
        problems: What could not be used.
        troubles: Why labels may be missing.
        missing: Images that a table has no row for, and which table.
    """

    by_path: dict[str, Labels] = field(default_factory=dict)
    with_row: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TableFile:
    """One table of a source, as it is in the upstream; or why it was not read."""

    layout: Table
    path: str
    text: TableText | None
    unread: str = ""


def read_table(layout: Table, path: str, content: bytes | Refused) -> TableFile:
    """Return a table read as its layout asks, or why it cannot be."""
    if isinstance(content, Refused):
        return TableFile(layout, path, None, content.reason)
    try:
        return TableFile(layout, path, tables.read(path, content, wanted(layout)))
    except UnreadableTableError as error:
        return TableFile(layout, path, None, str(error))


def present(layout: Table, paths: Iterable[str]) -> str | None:
    """Return the first of a table's possible files that the upstream has."""
    have = set(paths)
    return next((file for file in layout.files if file in have), None)


def key_column(layout: Table) -> str:
    """Return the column that a table's path template takes its rows' key from."""
    return next(iter(key_columns(layout)), "")


def wanted(layout: Table) -> Wanted:
    """Return the columns that a table must and may have."""
    others = {normal(column) for columns in layout.fields.values() for column in columns}
    others |= {normal(offset.column) for offset in layout.offsets} | set(key_columns(layout))
    key = key_column(layout)
    return Wanted(key, frozenset(others - {key, ""}))


def label(source: Source, files: Sequence[TableFile], images: Sequence[str]) -> Labelled:
    """Gather the labels of all images of a source.

    Later words win: constants, then path rules, then tables.
    """
    labelled = Labelled()
    for path in images:
        written: Labels = defaultdict(list)
        for name, text in source.always.items():
            written[name] = [Written(text, path)]
        for name, text in _from_path(source, path):
            written[name] = [Written(text, path)]
        labelled.by_path[path] = written
    for file in files:
        _from_table(source, file, images, labelled)
    labelled.problems += _without_row(source, images, labelled)
    for layout in source.tables:
        if layout not in [file.layout for file in files]:
            what = f"no table: the upstream has none of {', '.join(layout.files)}"
            labelled.problems.append(
                Problem(source.name, layout.files[0], 0, "table_missing", what)
            )
            missing = f"the upstream has no {' or '.join(layout.files)} any more"
            labelled.troubles.append(Trouble(missing, frozenset(layout.fields), sure=False))
    return labelled


def _from_path(source: Source, path: str) -> Iterator[tuple[str, str]]:
    for rule in source.paths:
        found = re.search(rule.match, path)
        if found:
            yield from ((name, text) for name, text in found.groupdict().items() if text)
            yield from rule.set.items()


def _from_table(source: Source, file: TableFile, images: Sequence[str], labelled: Labelled) -> None:
    text = file.text
    if text is None:
        labelled.problems.append(
            Problem(source.name, file.path, 0, "table_unreadable", file.unread)
        )
        what = f"{file.path} cannot be used: {file.unread}"
        labelled.troubles.append(Trouble(what, frozenset(file.layout.fields)))
        return
    labelled.problems += _unknown_columns(source, file, text)
    labelled.problems += _oddities(source, file, text)
    labelled.troubles += _troubles(file, text)
    find = Finder(file.layout, images)
    here: set[str] = set()
    elsewhere = 0
    for row in text.rows:
        path = find(row)
        if isinstance(path, Ambiguous):
            what = f"the row names more than one image: {', '.join(path.paths)}; it is not used"
            labelled.problems.append(Problem(source.name, file.path, row.line, "double_row", what))
        elif path is None and file.layout.partial:
            elsewhere += 1
        elif path is None:
            labelled.problems.append(_no_file(source, file, row))
        elif path in here:
            what = f"another row already describes {path}; this one is not used"
            labelled.problems.append(Problem(source.name, file.path, row.line, "double_row", what))
        else:
            here.add(path)
            labelled.by_path[path].update(_from_row(file, row))
    if elsewhere:
        what = f"{elsewhere:,} of {len(text.rows):,} rows are of images that are not here (partial)"
        labelled.problems.append(Problem(source.name, file.path, 0, "row_without_file", what))
    labelled.with_row |= here
    read_over = f"{file.path} has no row for it"
    labelled.missing += [(path, read_over) for path in images if path not in here]


def _without_row(source: Source, images: Sequence[str], labelled: Labelled) -> Iterator[Problem]:
    """List images that no table describes: of several tables each may have a part of them."""
    reasons = dict(reversed(labelled.missing))
    for path in images:
        if path in reasons and path not in labelled.with_row:
            yield Problem(source.name, path, 0, "file_without_row", reasons[path])


def _oddities(source: Source, file: TableFile, text: TableText) -> Iterator[Problem]:
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


def _troubles(file: TableFile, text: TableText) -> Iterator[Trouble]:
    if not text.rows and not text.damaged:
        what = f"{file.path} has a header, and not one row"
        yield Trouble(what, frozenset(file.layout.fields), sure=False)
    if text.damaged:
        lines = ", ".join(str(row.line) for row in text.damaged[:_LINES_SHOWN])
        more = ", …" if len(text.damaged) > _LINES_SHOWN else ""
        count = plural(len(text.damaged), "rows")
        what = f"{count} of {file.path} cannot be used (lines {lines}{more})"
        yield Trouble(what, frozenset(file.layout.fields), without_row=True)
    for name, columns in file.layout.fields.items():
        if columns and not {normal(column) for column in columns} & set(text.columns):
            named = " or ".join(map(repr, columns))
            what = f"{file.path} has no column {named} any more"
            yield Trouble(what, frozenset([name]), sure=False)


def _from_row(file: TableFile, row: Row) -> Labels:
    written: Labels = {}
    for name, columns in file.layout.fields.items():
        texts = [row.cells.get(normal(column), "").strip() for column in columns]
        texts_found = [Written(text, file.path, row.line) for text in texts if text]
        if texts_found:
            written[name] = texts_found if name == "notes" else texts_found[:1]
    for offset in file.layout.offsets:
        if text := row.cells.get(normal(offset.column), "").strip():
            name = "event_offset" if offset.until else "offset"
            written[name] = [Written(text, file.path, row.line)]
            basis = _UNKNOWN_BASIS if offset.basis == "unknown" else offset.basis
            written["offset_basis"] = [Written(basis, file.path, row.line)]
            break
    return written


def _unknown_columns(source: Source, file: TableFile, text: TableText) -> Iterator[Problem]:
    layout = file.layout
    named = {normal(column) for columns in layout.fields.values() for column in columns}
    named |= {normal(offset.column) for offset in layout.offsets} | set(key_columns(layout))
    known = named | {normal(column) for column in layout.unused} | {""}
    for column in text.columns:
        if column not in known:
            what = f"column {column!r} is neither used nor named in tables.unused"
            yield Problem(source.name, file.path, 1, "unknown_column", what)


def _no_file(source: Source, file: TableFile, row: Row) -> Problem:
    key = row.cells.get(key_column(file.layout), "").strip()
    what = f"the row names {key!r}, which is not among the images" if key else "names no image"
    return Problem(source.name, file.path, row.line, "row_without_file", what)
