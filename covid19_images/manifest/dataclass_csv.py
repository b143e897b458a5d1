r"""Tables of the collection: one dataclass a file, UTF-8, LF, comma, RFC 4180 quoting.

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True)
... class Seen:
...     source: str
...     images: int | None = None
>>> table = Table(Seen, "seen.csv")
>>> table.dumps([Seen("set", 3), Seen("other")]).splitlines()
['source,images', 'set,3', 'other,']
>>> table.loads("source,images\nother,\n")
[Seen(source='other', images=None)]
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Generic, TypeVar

from covid19_images.manifest.cells import Cells, Odd
from covid19_images.manifest.columns import Cell, columns_of, written
from covid19_images.manifest.spreadsheet import line

Row = TypeVar("Row")


class Table(Generic[Row]):
    """How the rows of one file are written and read."""

    def __init__(
        self,
        row: type[Row],
        name: str,
        *,
        error: type[ValueError] = ValueError,
        odd: Odd | None = None,
        older: Sequence[int] = (),
        version: str = "ours",
    ) -> None:
        """Derive the columns from the dataclass.

        Args:
            row: The dataclass of a row; all of its fields are cells.
            name: How errors call the file.
            error: What is raised where a text is not such a file.
            odd: Names the fields of a row that hold something else than they must; by default
                each cell is checked by itself, as `identifiers` says.
            older: How many of the columns earlier versions had.
            version: How errors call the columns.
        """
        self.columns = columns_of(row)
        self.header = [column.name for column in self.columns]
        one, *others = (column.field for column in self.columns)
        of_all = attrgetter(one, *others)
        self._values: Callable[[Row], Sequence[Cell]] = (
            of_all if others else lambda row: (of_all(row),)
        )
        self._row, self._name, self._error, self._odd = row, name, error, odd
        self._widths, self._version = (len(self.columns), *older), version

    def dumps(self, rows: Iterable[Row]) -> str:
        """Write rows in the order in which they are passed."""
        return line(self.header) + "".join(line(self.cells(row)) for row in rows)

    def cells(self, row: Row) -> list[str]:
        """Write the cells of one row, in the order of the columns."""
        both = zip(self.columns, self._values(row), strict=True)
        return ["" if value is None else written(column, value) for column, value in both]

    def loads(self, text: str, *, name: str | None = None) -> list[Row]:
        """Read the text of the whole file.

        Args:
            text: The file.
            name: How errors call it; its usual name by default.

        Raises:
            ValueError: The text is not what `dumps` writes; the message says where.
        """
        return list(self._rows(text, name or self._name))

    def _rows(self, text: str, name: str) -> Iterator[Row]:
        rows = lines(text, name, error=self._error)
        _, header = next(rows, ("", []))
        reader = self.reader(width=self._width(header, name))
        for where, cells in rows:
            yield self.row(cells, where, reader)

    def reader(self, *, width: int | None = None) -> Cells:
        """Return what reads the cells of many rows.

        Args:
            width: How many of the columns the file has; all by default.
        """
        return Cells(self.columns[:width], self._odd)

    def row(self, cells: Sequence[str], where: str, reader: Cells) -> Row:
        """Read the cells of one row.

        Args:
            cells: The cells, in the order of the columns.
            where: How errors call the row.
            reader: What reads the rows of this file.

        Raises:
            ValueError: Where a cell is not what its column says.
        """
        try:
            return self._row(**reader.fields(cells))
        except ValueError as error:
            raise self._error(f"{where}: {error}") from None

    def _width(self, header: Sequence[str], name: str) -> int:
        if len(header) in self._widths and list(header) == self.header[: len(header)]:
            return len(header)
        odd = sorted(set(header) ^ set(self.header)) or ["the order of columns"]
        raise self._error(f"{name}: the header differs from {self._version} in: {', '.join(odd)}.")


def lines(text: str, name: str, *, error: type[ValueError]) -> Iterator[tuple[str, list[str]]]:
    """Yield where each line of a CSV file stands, and its cells.

    Args:
        text: The file.
        name: How errors call it.
        error: What is raised where it is no CSV.
    """
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in rows:
            yield f"{name}, line {rows.line_num}", cells
    except csv.Error as what:
        raise error(f"{name}, line {rows.line_num}: not readable as CSV: {what}.") from None
