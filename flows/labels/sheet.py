"""Find the sheet of a workbook that holds the table, and the row with its header."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from flows.labels import dialect
from flows.labels.damage import UnreadableTableError
from flows.labels.dialect import Wanted
from flows.labels.workbook import Sheet

Names = Callable[[Iterable[str]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table stands in a workbook.

    Attributes:
        sheet: The sheet.
        header: Index of the row with the names of the columns.
        named: How many of the columns wanted are named there.
        notes: What is unusual, for the report.
    """

    sheet: Sheet
    header: int = 0
    named: int = 0
    notes: tuple[str, ...] = ()


def find(sheets: Sequence[Sheet], wanted: Wanted | None, names: Names) -> Place:
    """Return the one sheet that names the columns wanted; without any, the first with cells.

    Sheets without the column that names the image are legends and the like. Where two sheets name
    as many columns, nobody but the owner knows which one is meant, and neither is used.

    Args:
        sheets: The sheets of a workbook.
        wanted: The columns to look for.
        names: Writes the names of a header in their normal form.

    Raises:
        UnreadableTableError: When no sheet has them, or more than one.
    """
    filled = [sheet for sheet in sheets if any(_begin(sheet))]
    if not filled:
        raise UnreadableTableError("a workbook without any cells")
    if wanted is None:
        return Place(filled[0])
    places = [place for sheet in filled for place in _header(sheet, wanted, names)]
    if not places:
        raise UnreadableTableError(_nothing_found(filled, wanted))
    most = max(place.named for place in places)
    best, *others = [place for place in places if place.named == most]
    if others:
        titles = " and ".join(repr(place.sheet.title) for place in (best, *others))
        raise UnreadableTableError(
            f"its sheets {titles} name the same columns, so it is not clear which one holds the "
            "labels. Its owner should leave one of them, or save each as a file"
        )
    return Place(best.sheet, best.header, most, tuple(_notes(best, filled)))


def _begin(sheet: Sheet) -> list[tuple[str, ...]]:
    return [row if any(row) else () for row in sheet.rows(dialect.MAX_HEADER_LINE)]


def _header(sheet: Sheet, wanted: Wanted, names: Names) -> list[Place]:
    """Return the row of a sheet that names most columns, if any names the image."""
    texts = [set(names(row)) for row in _begin(sheet)]
    named = [
        Place(sheet, index, 1 + len(text & wanted.others))
        for index, text in enumerate(texts)
        if wanted.key in text
    ]
    return sorted(named, key=lambda place: (-place.named, place.header))[:1]


def _notes(best: Place, filled: Sequence[Sheet]) -> Iterable[str]:
    if best.header:
        yield f"the header is line {best.header + 1}"
    if best.sheet.merged:
        yield "cells that are merged count in each of their rows"
    if len(filled) > 1:
        others = ", ".join(repr(sheet.title) for sheet in filled if sheet is not best.sheet)
        yield f"sheet {best.sheet.title!r} is the table, and {others} not"


def _nothing_found(filled: Sequence[Sheet], wanted: Wanted) -> str:
    first = " | ".join(next((row for row in _begin(filled[0]) if row), ()))
    reason = dialect.nothing_found([first], wanted)
    return (
        reason if len(filled) == 1 else f"{reason}; nor has any other of its {len(filled)} sheets"
    )
