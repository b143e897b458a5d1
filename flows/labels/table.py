"""Read an upstream's table: any encoding it was saved in, every cell as text."""

import csv
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

MAX_COLUMNS = 1_000
MAX_ROWS = 1_000_000
MAX_CELLS = 5_000_000  # missing ones too: a short line under a long header is filled up
_MAX_CELL = 100_000  # characters; the csv module stops there
_MAX_UNPACKED_BYTES = 256 * 2**20
# What openpyxl, its XML parser and zipfile raise on workbooks that are not whole.
_BROKEN_WORKBOOK = (
    ArithmeticError,
    AttributeError,
    EOFError,
    InvalidFileException,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row, its cells by normal column name, and the line of the file it ends on."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TableText:
    """A table as read: its header line, normal column names, and the rows that say anything."""

    header: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


class UnreadableTableError(Exception):
    """Say why a table could not be read."""


def normal(header: str) -> str:
    """Write a column name so that spellings of different years meet.

    >>> normal(" Clinical_Notes "), normal("Image Index")
    ('clinical notes', 'image index')
    """
    return re.sub(r"[\s_]+", " ", header).strip().lower()


def decode(content: bytes) -> str:
    """Decode strictly as UTF-8, with or without a byte order mark, else all of it as cp1252."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def read(name: str, content: bytes) -> TableText:
    """Read CSV, TSV or XLSX.

    Args:
        name: The file's name; only the ending tells tabs from commas.
        content: The file.

    Raises:
        UnreadableTableError: When it is no table, or larger than any table we expect.
    """
    if content.startswith(b"PK\x03\x04"):
        lines: Iterable[tuple[int, Sequence[str]]] = enumerate(_xlsx(content), start=1)
    else:
        lines = _csv(decode(content), "\t" if name.lower().endswith(".tsv") else ",")
    return _table(lines)


def _csv(text: str, delimiter: str) -> Iterator[tuple[int, Sequence[str]]]:
    csv.field_size_limit(_MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise UnreadableTableError(f"line {reader.line_num}: {error}") from None


def _xlsx(content: bytes) -> Iterator[Sequence[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(part.file_size for part in packed.infolist())
        if size > _MAX_UNPACKED_BYTES:
            raise UnreadableTableError(f"a workbook of {size:,} bytes when unpacked")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0] if book.worksheets else None
        for cells in sheet.iter_rows(values_only=True) if sheet else ():
            yield ["" if cell is None else str(cell) for cell in cells]
    except _BROKEN_WORKBOOK as error:
        raise UnreadableTableError(f"not a readable workbook: {error}") from None


def _table(lines: Iterable[tuple[int, Sequence[str]]]) -> TableText:
    numbered = iter(lines)
    _, header = next(numbered, (0, ()))
    if len(header) > MAX_COLUMNS:
        raise UnreadableTableError(f"{len(header):,} columns; the limit is {MAX_COLUMNS:,}")
    columns = _distinct(map(normal, header))
    rows = []
    for line, cells in numbered:
        if any(cell.strip() for cell in cells):
            padded = [*cells, *[""] * (len(columns) - len(cells))]
            rows.append(Row(line, dict(zip(columns, padded, strict=False))))
        if len(rows) > MAX_ROWS:
            raise UnreadableTableError(f"more than {MAX_ROWS:,} rows")
        if len(rows) * len(columns) > MAX_CELLS:
            raise UnreadableTableError(f"more than {MAX_CELLS:,} cells")
    return TableText(tuple(header), columns, tuple(rows))


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    distinct = []
    for name in names:
        seen[name] += 1
        distinct.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(distinct)


@dataclass(frozen=True, slots=True)
class TableDiff:
    """What changed between two versions of a table, in numbers."""

    rows: int = 0
    added: int = 0
    removed: int = 0
    changed: int = 0
    header_changed: bool = False


def compare(old: TableText | None, new: TableText, key: str) -> TableDiff:
    """Count rows that were added, removed or changed, keyed by one column.

    Rows that share a key (or have none) are distinguished by their order. Changes are counted in
    the columns both versions have, so that a new column alone does not mark every row as changed.
    """
    before = _keyed(old, key) if old else {}
    after = _keyed(new, key)
    both = set(old.columns) & set(new.columns) if old else set()
    changed = sum(
        any(before[k].get(c) != after[k].get(c) for c in both) for k in before.keys() & after.keys()
    )
    return TableDiff(
        rows=len(after),
        added=len(after.keys() - before.keys()),
        removed=len(before.keys() - after.keys()),
        changed=changed,
        header_changed=old is None or old.header != new.header,
    )


def _keyed(table: TableText, key: str) -> dict[tuple[str, int], Mapping[str, str]]:
    seen: Counter[str] = Counter()
    keyed = {}
    for row in table.rows:
        name = row.cells.get(key, "").strip()
        seen[name] += 1
        keyed[name, seen[name]] = row.cells
    return keyed
