"""Read the sheets of an XLSX workbook, every cell as text."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import openpyxl
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from flows.labels.damage import UnreadableTableError

_MAX_UNPACKED_BYTES = 256 * 2**20
_MAX_SHEETS = 100
_MAX_MERGED = 100_000
_LONG_BYTES = 500_000
_WORDS = "sharedStrings.xml"
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell [^>]*\bref=[\"']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})[\"']"
)
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
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
class Merged:
    """Cells of one column that are merged: all have the value of the first.

    Attributes:
        column: Its index, from 0.
        first: The row of the first, from 1.
        last: The row of the last.
    """

    column: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook.

    Attributes:
        title: Its name.
        worksheet: The sheet as openpyxl has it, not read yet.
        formulas: The same with formulas instead of their values; `None` where it has none.
        merged: Cells that are merged with others below them.
    """

    title: str
    worksheet: Any
    formulas: Any = None
    merged: Sequence[Merged] = ()

    def rows(self, most: int | None = None) -> Iterator[tuple[str, ...]]:
        """Read its rows, or the first `most` of them.

        A formula whose value no program has stored is read as it is written.

        Raises:
            UnreadableTableError: When the workbook is not whole.
        """
        with _whole():
            rows = _texts(self.worksheet, most)
            if self.formulas is not None:
                both = zip(rows, _texts(self.formulas, most), strict=True)
                rows = (_or_formulas(*cells) for cells in both)
            yield from self._filled(rows) if self.merged else rows

    def _filled(self, rows: Iterator[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
        left = sorted(self.merged, key=lambda one: one.first, reverse=True)
        standing: dict[int, tuple[str, int]] = {}
        for number, cells in enumerate(rows, start=1):
            while left and left[-1].first <= number:
                one = left.pop()
                if one.first == number and one.column < len(cells):
                    standing[one.column] = cells[one.column], one.last
            standing = {at: one for at, one in standing.items() if number <= one[1]}
            wide = [*cells, *[""] * (max(standing, default=-1) + 1 - len(cells))]
            for at, (value, _) in standing.items():
                wide[at] = wide[at] or value
            yield tuple(wide) if any(cells) else cells


def _texts(worksheet: ReadOnlyWorksheet, most: int | None) -> Iterator[tuple[str, ...]]:
    worksheet.reset_dimensions()  # what a file says of its size hides rows where it is not true
    for cells in worksheet.iter_rows(max_row=most, values_only=True):
        yield tuple("" if cell is None else str(cell) for cell in cells)


def _or_formulas(cells: tuple[str, ...], written: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value or formula for value, formula in zip(cells, written, strict=True))


def sheets(content: bytes) -> list[Sheet]:
    """Return the sheets of a workbook, in its order; charts are none.

    Raises:
        UnreadableTableError: When it is not whole, too large when unpacked, or has too many sheets.
    """
    with _whole():
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(part.file_size for part in packed.infolist())
            if size > _MAX_UNPACKED_BYTES:
                raise UnreadableTableError(f"a workbook of {size:,} bytes when unpacked")
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            if len(book.worksheets) > _MAX_SHEETS:
                count = f"{len(book.worksheets):,} sheets"
                raise UnreadableTableError(f"a workbook of {count}; the limit is {_MAX_SHEETS:,}")
            parts = [packed.read(_path(sheet)) for sheet in book.worksheets]
            words = [packed.read(name) for name in packed.namelist() if name.endswith(_WORDS)]
        if any(map(_has_long_text, parts + words)):
            raise UnreadableTableError("a workbook with a cell that is longer than any label")
        written: list[Any] = [None] * len(parts)
        if any(map(_FORMULA.search, parts)):
            again = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
            written = list(again.worksheets)
        return [
            Sheet(
                str(sheet.title), sheet, formulas if _FORMULA.search(part) else None, _merged(part)
            )
            for sheet, formulas, part in zip(book.worksheets, written, parts, strict=True)
        ]


def _has_long_text(part: bytes) -> bool:
    """Return whether a part has a text that its parser would take minutes for."""
    starts = range(0, len(part) - _LONG_BYTES + 1, _LONG_BYTES)
    return any(part.find(b"<", start, start + _LONG_BYTES) < 0 for start in starts)


def _path(worksheet: ReadOnlyWorksheet) -> str:
    return str(worksheet._worksheet_path).lstrip("/")  # noqa: SLF001  it has no other name for it


def _merged(part: bytes) -> list[Merged]:
    """List the cells of a sheet that are merged with others below them."""
    found = []
    for reference in islice(_MERGED.finditer(part), _MAX_MERGED):
        column, first, _, last = range_boundaries(reference[1].decode())
        if last > first:
            found.append(Merged(column - 1, first, last))
    return found


@contextmanager
def _whole() -> Iterator[None]:
    try:
        yield
    except _BROKEN_WORKBOOK as error:
        raise UnreadableTableError(f"not a readable workbook: {error}") from None
