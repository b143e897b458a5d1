"""Read the sheets of an XLSX workbook, every cell as text."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from flows.labels.damage import UnreadableTableError

_MAX_UNPACKED_BYTES = 256 * 2**20
_MAX_SHEETS = 100
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
class Sheet:
    """One sheet of a workbook.

    Attributes:
        title: Its name.
        worksheet: The sheet as openpyxl has it, not read yet.
    """

    title: str
    worksheet: Any

    def rows(self, most: int | None = None) -> Iterator[tuple[str, ...]]:
        """Read its rows, or the first `most` of them.

        Raises:
            UnreadableTableError: When the workbook is not whole.
        """
        with _whole():
            for cells in self.worksheet.iter_rows(max_row=most, values_only=True):
                yield tuple("" if cell is None else str(cell) for cell in cells)


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
        return [Sheet(str(sheet.title), sheet) for sheet in book.worksheets]


@contextmanager
def _whole() -> Iterator[None]:
    try:
        yield
    except _BROKEN_WORKBOOK as error:
        raise UnreadableTableError(f"not a readable workbook: {error}") from None
