"""Read an upstream's table: any encoding and dialect it was saved in, every cell as text."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flows.labels import delimited, dialect, documents, sheet, workbook
from flows.labels.damage import UnreadableTableError, refuse_conflicts, refuse_other_files
from flows.labels.delimited import Cells, Damaged
from flows.labels.dialect import Wanted
from flows.labels.encoding import Decoded, decode

MAX_COLUMNS = 1_000
MAX_ROWS = 1_000_000
MAX_CELLS = 5_000_000
_WORKBOOK = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Row:
    """One row, its cells by normal column name, and the line of the file it ends on."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TableText:
    """A table as read.

    Attributes:
        header: The cells of its header.
        columns: Their normal names.
        rows: The rows that say anything.
        damaged: Rows that cannot be used, and why.
        notes: What is unusual in how it is written.
        mixed: Lines in another encoding than the rest.
    """

    header: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    damaged: tuple[Damaged, ...] = ()
    notes: tuple[str, ...] = ()
    mixed: tuple[int, ...] = ()


def normal(header: str) -> str:
    """Write a column name so that spellings of different years meet.

    >>> normal(" Clinical_Notes "), normal("Image Index")
    ('clinical notes', 'image index')
    """
    return re.sub(r"[\s_]+", " ", header.lstrip("\ufeff")).strip().lower()


def read(name: str, content: bytes, wanted: Wanted | None = None) -> TableText:
    """Read CSV, TSV or XLSX, or the records of JSON, YAML or XML.

    Args:
        name: The file's name; its ending promises tabs or commas.
        content: The file.
        wanted: The columns that must be there; how the file is written is found by them.

    Raises:
        UnreadableTableError: When it is no table, or larger than any table we expect, or when the
            columns that are wanted are not found.
    """
    if documents.is_document(name):
        return _from_document(documents.records(name, content), wanted)
    refuse_other_files(content)
    if content.startswith(_WORKBOOK):
        return _from_workbook(workbook.sheets(content), wanted)
    decoded = decode(content)
    refuse_conflicts(decoded.text)
    return _from_text(decoded, "\t" if name.lower().endswith(".tsv") else ",", wanted)


def _from_text(decoded: Decoded, usual: str, wanted: Wanted | None) -> TableText:
    lines = delimited.lines_of(decoded.text)
    found = (
        dialect.find(lines, usual, wanted, lambda cells: _distinct(map(normal, cells)))
        if wanted
        else dialect.guess(lines, usual)
    )
    header = delimited.row_at(lines, found.header, found.delimiter)
    rows = delimited.rows(lines, found.header, found.delimiter, len(header))
    next(rows, None)
    notes = (f"it is {decoded.encoding}",) if decoded.encoding else ()
    return _table(
        header,
        rows,
        notes=notes + found.notes,
        mixed=decoded.mixed,
    )


def _from_document(lists: Sequence[Sequence[documents.Record]], wanted: Wanted | None) -> TableText:
    """Take the longest list whose records have the wanted column."""
    for records in lists:
        header = list(dict.fromkeys(name for record in records for name in record))
        if wanted and wanted.key not in map(normal, header):
            continue
        rows = (
            Cells(line, line, tuple(record.get(name, "") for name in header))
            for line, record in enumerate(records, 1)
        )
        return _table(header, rows)
    first = " | ".join(lists[0][0])
    raise UnreadableTableError(dialect.nothing_found([first], wanted or Wanted()))


def _from_workbook(sheets: Sequence[workbook.Sheet], wanted: Wanted | None) -> TableText:
    place = sheet.find(sheets, wanted, lambda cells: _distinct(map(normal, cells)))
    lines = enumerate(place.sheet.rows(), start=1)
    rows = [Cells(line, line, cells) for line, cells in lines][place.header :]
    width = len(rows[0].cells)
    return _table(rows[0].cells, (_padded(row, width) for row in rows[1:]), place.notes)


def _padded(row: Cells, width: int) -> Cells | Damaged:
    """Fill up a sheet's row; sheets leave out empty cells at the end."""
    if any(map(str.strip, row.cells[width:])):
        return Damaged(row.line, f"{len(row.cells)} cells where the header has {width}", row.cells)
    cells = (*row.cells[:width], *[""] * (width - len(row.cells)))
    return Cells(row.first_line, row.line, cells)


def _table(
    header: Sequence[str],
    lines: Iterable[Cells | Damaged],
    notes: tuple[str, ...] = (),
    mixed: tuple[int, ...] = (),
) -> TableText:
    if len(header) > MAX_COLUMNS:
        raise UnreadableTableError(f"{len(header):,} columns; the limit is {MAX_COLUMNS:,}")
    columns = _distinct(map(normal, header))
    rows: list[Row] = []
    damaged: list[Damaged] = []
    for line in lines:
        if isinstance(line, Damaged):
            damaged.append(line)
        elif any(map(str.strip, line.cells)):
            rows.append(Row(line.line, dict(zip(columns, line.cells, strict=True))))
        if len(rows) > MAX_ROWS:
            raise UnreadableTableError(f"more than {MAX_ROWS:,} rows")
        if len(rows) * len(columns) > MAX_CELLS:
            raise UnreadableTableError(f"more than {MAX_CELLS:,} cells")
    return TableText(tuple(header), columns, tuple(rows), tuple(damaged), notes, mixed)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    distinct: dict[str, None] = {}
    for name in names:
        seen[name] += 1
        spelled = name if seen[name] == 1 else f"{name} ({seen[name]})"
        while spelled in distinct:  # a header may itself have a number behind it
            seen[name] += 1
            spelled = f"{name} ({seen[name]})"
        distinct[spelled] = None
    return tuple(distinct)


@dataclass(frozen=True, slots=True)
class TableDiff:
    """What changed between two versions of a table, in numbers."""

    rows: int = 0
    added: int = 0
    removed: int = 0
    changed: int = 0
    header_changed: bool = False


def together(one: TableDiff, other: TableDiff) -> TableDiff:
    """Return what changed in two sheets of one file."""
    return TableDiff(
        rows=one.rows + other.rows,
        added=one.added + other.added,
        removed=one.removed + other.removed,
        changed=one.changed + other.changed,
        header_changed=one.header_changed or other.header_changed,
    )


def compare(old: TableText | None, new: TableText, key: str) -> TableDiff:
    """Count rows that were added, removed or changed, keyed by one column.

    Rows that share a key (or have none) are distinguished by their order. Changes are counted in
    the columns both versions have, so that a new column alone does not mark every row as changed.
    Where a file of one encoding becomes one of mixed encodings, or the other way round, its rows
    with letters beyond ASCII count as changed: most programs show them in another way since then.
    """
    before = _keyed(old, key) if old else {}
    after = _keyed(new, key)
    both = set(old.columns) & set(new.columns) if old else set()
    recoded = old is not None and bool(old.mixed) != bool(new.mixed)
    changed = sum(
        any(_differ(before[k].get(c), after[k].get(c), recoded=recoded) for c in both)
        for k in before.keys() & after.keys()
    )
    return TableDiff(
        rows=len(after),
        added=len(after.keys() - before.keys()),
        removed=len(before.keys() - after.keys()),
        changed=changed,
        header_changed=old is None or old.header != new.header,
    )


def _differ(before: str | None, after: str | None, *, recoded: bool) -> bool:
    return before != after or (recoded and not (after or "").isascii())


def _keyed(table: TableText, key: str) -> dict[tuple[str, int], Mapping[str, str]]:
    """Return all rows by their key; damaged ones too, as far as they can be read."""
    seen: Counter[str] = Counter()
    keyed = {}
    broken = [
        dict(zip(table.columns, row.cells, strict=False)) for row in table.damaged if row.cells
    ]
    for cells in [*(row.cells for row in table.rows), *broken]:
        name = cells.get(key, "").strip()
        seen[name] += 1
        keyed[name, seen[name]] = cells
    return keyed
