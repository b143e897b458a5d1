"""Find how a table is written: what parts its cells, and on which line its header stands."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from flows.labels.damage import UnreadableTableError
from flows.labels.delimited import row_at

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
MAX_HEADER_LINE = 20
_SHOWN_CHARACTERS = 80
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Names of columns, written as `normal` writes them.

    Attributes:
        key: The column that names the image; without it no row can be used.
        others: The other columns that the labels mapping names.
    """

    key: str = ""
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written.

    Attributes:
        delimiter: What parts its cells.
        header: Index of the line with the names of the columns.
        notes: What of it is unusual, for the report.
    """

    delimiter: str
    header: int = 0
    notes: tuple[str, ...] = ()


def find(
    lines: Sequence[str],
    usual: str,
    wanted: Wanted,
    names: Callable[[Iterable[str]], Sequence[str]],
) -> Dialect:
    """Return the dialect under which the header's names are found.

    Another dialect than the usual one, or a header below the first line, is believed only where
    both the key and another column of the mapping are named there.

    Args:
        lines: The lines of the file.
        usual: The delimiter that its name promises.
        wanted: The columns to look for.
        names: Writes the names of a header in their normal form.

    Raises:
        UnreadableTableError: When no dialect finds them.
    """
    sep = _SEP.fullmatch(lines[0]) if lines else None
    first = 1 if sep else 0
    delimiters = [sep[1]] if sep else [usual, *(one for one in _DELIMITERS if one != usual)]
    best, most = None, 0
    for delimiter in delimiters:
        for index in range(first, min(len(lines), first + MAX_HEADER_LINE)):
            columns = set(names(row_at(lines, index, delimiter)))
            count = len(columns & {wanted.key, *wanted.others})
            plain = index == 0 and delimiter == usual
            enough = plain or not wanted.others or len(columns & wanted.others) > 0
            if wanted.key in columns and enough and count > most:
                best, most = Dialect(delimiter, index), count
    if best is None:
        raise UnreadableTableError(nothing_found(lines[first:], wanted))
    return Dialect(best.delimiter, best.header, tuple(_notes(best, usual, first, lines)))


def guess(lines: Sequence[str], usual: str) -> Dialect:
    """Return the delimiter that parts the first line into most cells; a person looks at it."""
    widths = {one: len(row_at(lines, 0, one)) for one in (usual, *_DELIMITERS)}
    return Dialect(max(widths, key=lambda one: widths[one]))


def _notes(dialect: Dialect, usual: str, first: int, lines: Sequence[str]) -> Iterable[str]:
    if dialect.delimiter != usual:
        name = _DELIMITERS.get(dialect.delimiter, repr(dialect.delimiter))
        yield f"cells are parted by {name}"
    if dialect.header > first and any(line.strip() for line in lines[first : dialect.header]):
        yield f"the header is line {dialect.header + 1}"


def nothing_found(lines: Sequence[str], wanted: Wanted) -> str:
    """Format what a file begins with that has not the columns wanted."""
    line = next((line.strip() for line in lines if line.strip()), "")
    shown = line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}…"
    return f"it has no column {wanted.key!r}, which names the image; it begins with {shown!r}"
