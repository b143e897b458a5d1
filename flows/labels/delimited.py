"""Read delimited text strictly (RFC 4180), and keep apart the rows that are damaged."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flows.labels.damage import UnreadableTableError

MAX_CELL_CHARACTERS = 100_000
MAX_DAMAGED_ROWS = 1_000
_MAX_ROW_LINES = 1_000
_MAX_REREAD_CHARACTERS = 2**25
_FEWEST_TELLING = 3  # cells of a line that make it a row; prose has a comma, too
_UNCLOSED = "a quote that is not closed, or stands inside of a cell"


@dataclass(frozen=True, slots=True)
class Damaged:
    """A row that cannot be used.

    Attributes:
        line: The line it begins on.
        what: What is wrong with it.
        cells: What could be read of it.
        characters: How much was read to find that out.
        last_line: The line it ended on when it was read as one row.
    """

    line: int
    what: str
    cells: tuple[str, ...] = ()
    characters: int = 0
    last_line: int = 0


@dataclass(frozen=True, slots=True)
class Cells:
    """One row: its cells, and the lines it begins and ends on."""

    first_line: int
    line: int
    cells: tuple[str, ...]


class _TooLongError(Exception):
    """Raised for a row that goes on and on."""


def lines_of(text: str) -> list[str]:
    """Return the lines of a text with their ends, whichever ends they have.

    A file that was put together of others has their byte order marks at the beginning of lines.
    """
    return [line.lstrip("\ufeff") for line in io.StringIO(text, newline="")]


def row_at(lines: Sequence[str], index: int, delimiter: str) -> tuple[str, ...]:
    """Return the cells of the row that begins at a line; none where it is damaged."""
    for row in rows(lines, index, delimiter, None):
        return row.cells if isinstance(row, Cells) else ()
    return ()


def rows(
    lines: Sequence[str], start: int, delimiter: str, width: int | None
) -> Iterator[Cells | Damaged]:
    """Read rows, whole or damaged.

    After a damaged row reading goes on with the line after its first one, so that an unclosed quote
    costs that row and not the rest of the table.

    Args:
        lines: The lines of the file.
        start: Index of the line to begin with.
        delimiter: What parts cells.
        width: How many cells a row must have; `None` for any.

    Raises:
        UnreadableTableError: When there are more damaged rows than anybody would mend by hand.
    """
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    damaged = reread = swallowed = 0
    while start < len(lines):
        for row in _to_first_damage(lines, start, delimiter, width):
            if isinstance(row, Cells) and row.line <= swallowed and '"' in "".join(row.cells):
                yield Damaged(row.first_line, _UNCLOSED, row.cells)  # it holds the closing quote
            else:
                yield row
            start = row.line
        if isinstance(row, Damaged):
            damaged += 1
            swallowed = max(swallowed, row.last_line)
            reread += row.characters
        if damaged > MAX_DAMAGED_ROWS or reread > _MAX_REREAD_CHARACTERS:
            raise UnreadableTableError(f"more than {damaged - 1:,} of its rows are damaged")


def _to_first_damage(
    lines: Sequence[str], start: int, delimiter: str, width: int | None
) -> Iterator[Cells | Damaged]:
    first = start

    def some() -> Iterator[str]:
        for index in range(start, len(lines)):
            if index - first >= _MAX_ROW_LINES:
                raise _TooLongError
            yield lines[index]

    reader = csv.reader(some(), delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield Damaged(
                first + 1,
                _cause(str(error)),
                characters=_size(lines, first, start + reader.line_num),
            )
            return
        except _TooLongError:
            yield Damaged(
                first + 1, _UNCLOSED, characters=_size(lines, first, first + _MAX_ROW_LINES)
            )
            return
        if cells is None:
            return
        last = start + reader.line_num
        wrong = width is not None and len(cells) != width and any(map(str.strip, cells))
        if wrong or (
            last - first > 1 and width and _swallowed(lines[first + 1 : last], delimiter, width)
        ):
            what = _UNCLOSED if not wrong else f"{len(cells)} cells where the header has {width}"
            yield Damaged(first + 1, what, tuple(cells), _size(lines, first, last), last)
            return
        yield Cells(first + 1, last, tuple(cells))
        first = last


def _size(lines: Sequence[str], first: int, last: int) -> int:
    return sum(map(len, lines[first:last]))


def _cause(error: str) -> str:
    if "field larger" in error:
        return f"a cell of more than {MAX_CELL_CHARACTERS:,} characters"
    return _UNCLOSED


def _swallowed(lines: Sequence[str], delimiter: str, width: int) -> bool:
    """Return whether lines inside a quoted cell are rows of their own, which no prose is."""
    if width < _FEWEST_TELLING:
        return False
    return any(
        len(cells) == width and not any(cell != cell.lstrip() for cell in cells)
        for line in lines
        for cells in _alone(line, delimiter)
    )


def _alone(line: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return []
