"""The kinds of contact sheets of a proposal, and their captions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from covid19_images.manifest.record import Record
from covid19_images.manifest.table import Change
from flows.proposal.changes import NewDuplicate, SourceChange
from flows.proposal.pictures import Pictures
from flows.proposal.sheets import cells
from flows.proposal.sheets.cells import Cell

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Grid:
    """How cells stand on a page.

    Attributes:
        columns: Cells side by side.
        tiles: Pictures of a cell.
        most: Cells of a page.
        tile_px: Width of a picture where the words stand beside; else as wide as there is room.
    """

    columns: int
    tiles: int
    most: int
    tile_px: int = 0


@dataclass(frozen=True, slots=True)
class Chapter(Generic[T]):
    """What one kind of page shows, and in which words.

    Attributes:
        name: Of the file.
        heading: Its first line.
        what: What it shows, in the plural.
        how: … and how, for people who do not see it.
        note: What one should know to read it.
        grid: How cells stand.
        items: All there are of a source, in the order they are shown.
        has: Tells whether one can be shown.
        cell: Shows one.
        sort: Names the sort of one; sorts are counted.
    """

    name: str
    heading: str
    what: str
    how: str
    note: str
    grid: Grid
    items: Callable[[SourceChange], Sequence[T]]
    has: Callable[[T, Pictures], bool]
    cell: Callable[[T, Pictures], Cell]
    sort: Callable[[T], str]


def _shown_pair(found: NewDuplicate, pictures: Pictures) -> Cell:
    return cells.pair(found, pictures.pairs[found.copy, found.original])


def _has_pair(found: NewDuplicate, pictures: Pictures) -> bool:
    return (found.copy, found.original) in pictures.pairs


def _has_side(change: Change, pictures: Pictures) -> bool:
    sides = change.before, change.after
    return any(side is not None and side.blob in pictures.thumbnails for side in sides)


def _has(record: Record, pictures: Pictures) -> bool:
    return record.blob in pictures.thumbnails


def _by_label(change: SourceChange) -> list[Record]:
    return sorted(change.added, key=lambda r: (r.finding, r.view or "~", r.path))


_PAIRS, _ONES = Grid(columns=2, tiles=2, most=10), Grid(columns=5, tiles=1, most=25)
_LAID = "One is laid on the other: what is the same stands in the same place."

UNDECIDED: Chapter[NewDuplicate] = Chapter(
    "to-decide",
    "To decide: one picture or two?",
    "undecided pairs",
    "side by side",
    _LAID,
    _PAIRS,
    lambda change: change.undecided,
    _has_pair,
    _shown_pair,
    lambda _: "",
)
COPIES: Chapter[NewDuplicate] = Chapter(
    "duplicates",
    "Duplicates",
    "duplicates",
    "side by side with what they are copies of",
    _LAID,
    _PAIRS,
    lambda change: change.copies,
    _has_pair,
    _shown_pair,
    lambda found: found.pair.kind,
)
CHANGED: Chapter[Change] = Chapter(
    "changed",
    "Changed images",
    "changed images",
    "before, after and difference",
    "Before, after, and in red what differs.",
    Grid(columns=1, tiles=3, most=7, tile_px=256),
    lambda change: change.modified,
    _has_side,
    cells.changed,
    lambda _: "",
)
REMOVED: Chapter[Record] = Chapter(
    "removed",
    "Removed images",
    "removed images",
    "",
    "As they were at the pin before.",
    _ONES,
    lambda change: change.removed,
    _has,
    cells.one,
    cells.finding,
)
NEW: Chapter[Record] = Chapter(
    "new",
    "New images",
    "new images",
    "",
    "Same labels stand together.",
    _ONES,
    _by_label,
    _has,
    cells.one,
    cells.finding,
)
