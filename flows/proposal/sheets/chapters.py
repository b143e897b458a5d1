"""Choose what stands on which page, and say what each page shows."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from covid19_images.manifest import Change
from covid19_images.records import Record
from flows.proposal.changes import FoundCopy, SourceChange, plural
from flows.proposal.pictures import Pictures
from flows.proposal.sampling import evenly, shares
from flows.proposal.sheets import cells
from flows.proposal.sheets.cells import Cell

T = TypeVar("T")

_MOST_PAGES = 4  # of one source's new images; more are not looked at in five minutes


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
class Page:
    """One sheet before it is drawn.

    Attributes:
        name: Of its file, without ending.
        heading: Its first line.
        note: Its second.
        alt: What it shows, for people who do not see it.
        caption: What it shows, and how many are not shown.
        grid: How its cells stand.
        sections: Headings and their cells.
    """

    name: str
    heading: str
    note: str
    alt: str
    caption: str
    grid: Grid
    sections: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True, slots=True)
class _Chapter(Generic[T]):
    """What one kind of page shows, and in which words.

    Attributes:
        items: Of a source: all there are, and whether one can be shown.
    """

    name: str
    heading: str
    what: str
    grid: Grid
    items: Callable[[SourceChange], Sequence[T]]
    has: Callable[[T, Pictures], bool]
    cell: Callable[[T, Pictures], Cell]
    sort: Callable[[T], str]
    note: str = ""


def _shown_pair(found: FoundCopy, pictures: Pictures) -> Cell:
    return cells.pair(found, pictures.pairs[found.copy, found.original])


def _has_pair(found: FoundCopy, pictures: Pictures) -> bool:
    return (found.copy, found.original) in pictures.pairs


def _has_side(change: Change, pictures: Pictures) -> bool:
    sides = change.before, change.after
    return any(side is not None and side.blob in pictures.thumbnails for side in sides)


def _has(record: Record, pictures: Pictures) -> bool:
    return record.blob in pictures.thumbnails


def _by_label(change: SourceChange) -> list[Record]:
    return sorted(change.added, key=lambda r: (r.finding, r.view or "~", r.path))


_PAIRS, _ONES = Grid(columns=2, tiles=2, most=10), Grid(columns=5, tiles=1, most=25)
_LAID = "The copy is laid on the original: what is the same stands in the same place."

_UNDECIDED: _Chapter[FoundCopy] = _Chapter(
    "to-decide", "To decide: one picture or two?", "undecided pairs", _PAIRS,
    lambda change: change.undecided, _has_pair, _shown_pair, lambda _: "", _LAID,
)  # fmt: skip
_COPIES: _Chapter[FoundCopy] = _Chapter(
    "duplicates", "Duplicates", "duplicates", _PAIRS,
    lambda change: change.copies, _has_pair, _shown_pair, lambda found: found.pair.kind, _LAID,
)  # fmt: skip
_CHANGED: _Chapter[Change] = _Chapter(
    "changed", "Changed images", "changed images", Grid(columns=1, tiles=3, most=7, tile_px=256),
    lambda change: change.modified, _has_side, cells.changed, lambda _: "",
    "Before, after, and in red what differs.",
)  # fmt: skip
_REMOVED: _Chapter[Record] = _Chapter(
    "removed", "Removed images", "removed images", _ONES,
    lambda change: change.removed, _has, cells.one, cells.finding,
    "As they were in the commit that is pinned now.",
)  # fmt: skip
_NEW: _Chapter[Record] = _Chapter(
    "new", "New images", "new images", _ONES, _by_label, _has, cells.one, cells.finding,
    "Same labels stand together.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Part(Generic[T]):
    """What a page shows of one source: all there are, and those chosen."""

    source: str
    everything: Sequence[T]
    chosen: Sequence[T]


def pages(
    changes: Sequence[SourceChange], pictures: Pictures, *, most: int, share: float = 1.0
) -> list[Page]:
    """Choose the pages of a proposal.

    Args:
        changes: What happened to each source.
        pictures: What could be drawn of it.
        most: Pages; those of new images make room for the others.
        share: Of the cells that a page has room for.
    """
    rest: list[Page] = []
    rest += _together(_CHANGED, changes, pictures, share)
    rest += _together(_REMOVED, changes, pictures, share)
    rest += _together(_COPIES, changes, pictures, share)
    asked = _together(_UNDECIDED, changes, pictures, share)
    room = most - len(rest) - len(asked)
    return [*asked, *_new(changes, pictures, room, share), *rest]


def _together(
    chapter: _Chapter[T], changes: Sequence[SourceChange], pictures: Pictures, share: float
) -> list[Page]:
    """Put all sources on one page."""
    parts = _parts(chapter, changes, pictures, _room(chapter, share))
    return [_page(chapter, chapter.name, parts, pictures)] if parts else []


def _room(chapter: _Chapter[T], share: float) -> int:
    return max(1, int(chapter.grid.most * share))


def _parts(
    chapter: _Chapter[T], changes: Sequence[SourceChange], pictures: Pictures, room: int
) -> list[_Part[T]]:
    """Share a page out among the sources that have something for it."""
    found = [(change.source.name, list(chapter.items(change))) for change in changes]
    could = [[item for item in items if chapter.has(item, pictures)] for _, items in found]
    given = shares([len(items) for items in could], room)
    parts = [
        _Part(name, items, evenly(drawable, count))
        for (name, items), drawable, count in zip(found, could, given, strict=True)
        if items
    ]
    return parts if any(part.chosen for part in parts) else []


def _new(
    changes: Sequence[SourceChange], pictures: Pictures, pages_left: int, share: float
) -> Iterator[Page]:
    """Give each source pages of its own; where they are too many, let some share a page."""
    moved = [c for c in changes if any(_has(record, pictures) for record in c.added)]
    if len(moved) > pages_left:
        size = -(-len(moved) // pages_left)
        for i in range(0, len(moved), size):
            yield from (
                _page(_NEW, f"new-{i // size + 1}", parts, pictures)
                for parts in [_parts(_NEW, moved[i : i + size], pictures, _room(_NEW, share))]
            )
        return
    cells_each = _room(_NEW, share)
    wanted = [min(_MOST_PAGES, -(-len(change.added) // cells_each)) for change in moved]
    for change, count in zip(moved, shares(wanted, pages_left), strict=True):
        [part] = _parts(_NEW, [change], pictures, cells_each * count)
        for i in range(count):
            chosen = part.chosen[i * cells_each : (i + 1) * cells_each]
            name = f"new-{part.source}" + (f"-{i + 1}" if i else "")
            if chosen:
                mine = _Part(part.source, part.everything, chosen)
                yield _page(_NEW, name, [mine], pictures, elsewhere=len(part.chosen) - len(chosen))


def _page(
    chapter: _Chapter[T],
    name: str,
    parts: Sequence[_Part[T]],
    pictures: Pictures,
    *,
    elsewhere: int = 0,
) -> Page:
    sources = [part.source for part in parts]
    total = sum(len(part.everything) for part in parts)
    shown = sum(len(part.chosen) for part in parts)
    hidden = total - shown - elsewhere
    what = _counted(shown, total, chapter.what)
    where = _listed(sources)
    counted = Counter(chapter.sort(item) for part in parts for item in part.chosen)
    sorts = ", ".join(f"{n:,} {word}" for word, n in counted.most_common() if word)
    alt = f"{what} of {where}{f': {sorts}' if sorts else ''}"
    more = f"{hidden:,} more {'is' if hidden == 1 else 'are'} not shown." if hidden else ""
    single = len(parts) == 1
    return Page(
        name=name,
        heading=f"{chapter.heading} · {sources[0]}" if single else chapter.heading,
        note=" ".join(word for word in (f"{what}.", more, chapter.note) if word),
        alt=alt,
        caption=f"{what} of {where}. {more}".strip(),
        grid=chapter.grid,
        sections=tuple(
            ("" if single else part.source, tuple(chapter.cell(i, pictures) for i in part.chosen))
            for part in parts
            if part.chosen
        ),
    )


def _counted(shown: int, total: int, what: str) -> str:
    """Say how many of how many.

    >>> _counted(25, 2000, "new images"), _counted(1, 1, "duplicates")
    ('25 of 2,000 new images', '1 duplicate')
    """
    return plural(total, what) if shown == total else f"{shown:,} of {plural(total, what)}"


def _listed(names: Sequence[str]) -> str:
    """Name sources in a sentence.

    >>> _listed(["a"]), _listed(["a", "b", "c"])
    ('source a', 'sources a, b and c')
    """
    if len(names) == 1:
        return f"source {names[0]}"
    return f"sources {', '.join(names[:-1])} and {names[-1]}"
