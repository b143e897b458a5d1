"""Read the cells of many rows: a text that comes again in a column is parsed and checked once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from covid19_images.manifest import identifiers
from covid19_images.manifest.columns import Column, parsed

Odd = Callable[[Mapping[str, Any]], Iterable[str]]

_KEPT = 2048  # texts of a column: hashes and paths never come again, words and dates do
_NEW: Final = object()


class Cells:
    """Reader of the rows of one file; its rows share the values that are equal."""

    def __init__(self, columns: Sequence[Column], odd: Odd | None = None) -> None:
        """Prepare for rows of these columns.

        Args:
            columns: The columns, in the order of the cells.
            odd: Names the fields of a whole row that hold something else than they must; by
                default each cell is checked by itself, as `identifiers` says.
        """
        self._columns = [(column.field, column, _gaps(column)) for column in columns]
        self._odd = odd

    def fields(self, cells: Sequence[str]) -> dict[str, Any]:
        """Return the fields of one row.

        Identifiers become names of files and parts of commands, so they are checked here.

        Args:
            cells: Its cells.

        Raises:
            ValueError: A cell is not what its column says, or the row is of another width; the
                message is the end of a sentence.
        """
        if len(cells) != len(self._columns):
            raise ValueError(f"{len(cells)} cells where {len(self._columns)} belong.")
        found: dict[str, Any] = {}
        new: list[tuple[str, dict[str, object], str]] = []
        for (field, column, known), text in zip(self._columns, cells, strict=True):
            value = known.get(text, _NEW)
            if value is _NEW:
                value = parsed(column, text)
                new.append((field, known, text))
            found[field] = value
        self._check(found, [field for field, _, _ in new])
        for field, known, text in new:
            if len(known) < _KEPT:
                known[text] = found[field]
        return found

    def _check(self, found: Mapping[str, Any], new: Iterable[str]) -> None:
        odd = self._odd(found) if self._odd else identifiers.odd_among(found, new)
        for field in odd:
            raise ValueError(f"{field} is {str(found[field])[:200]!r}, which is no {field}.")


def _gaps(column: Column) -> dict[str, object]:
    return {} if column.required else {"": column.empty}
