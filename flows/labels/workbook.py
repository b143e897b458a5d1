"""Read the sheets of an XLSX workbook, every cell as text."""

import io
import zipfile
import zlib
from collections.abc import Iterator

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from flows.labels.damage import UnreadableTableError

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


def rows(content: bytes) -> Iterator[tuple[str, ...]]:
    """Read the rows of a workbook's first sheet.

    Raises:
        UnreadableTableError: When it is not whole, or too large when unpacked.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(part.file_size for part in packed.infolist())
        if size > _MAX_UNPACKED_BYTES:
            raise UnreadableTableError(f"a workbook of {size:,} bytes when unpacked")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0] if book.worksheets else None
        for cells in sheet.iter_rows(values_only=True) if sheet else ():
            yield tuple("" if cell is None else str(cell) for cell in cells)
    except _BROKEN_WORKBOOK as error:
        raise UnreadableTableError(f"not a readable workbook: {error}") from None
