"""Choose what stands on which page, and say what each page shows."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from covid19_images.manifest.record import Record
from flows.proposal.changes import SourceChange
from flows.proposal.pictures import Pictures
from flows.proposal.sheets.cells import Cell
from flows.proposal.sheets.chapters import CHANGED, COPIES, NEW, REMOVED, UNDECIDED, Chapter, Grid
from flows.text.plural import plural
from flows.text.sampling import evenly, shares

T = TypeVar("T")

_MOST_PAGES = 3  # of one source's new images; more are not looked at in five minutes


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
        share: Of the cells that a page has room for; new images give way before the others do.
    """
    other = min(1, 2 * share)
    rest: list[Page] = []
    rest += _together(CHANGED, changes, pictures, other)
    rest += _together(REMOVED, changes, pictures, other)
    rest += _together(COPIES, changes, pictures, other)
    asked = _together(UNDECIDED, changes, pictures, other)
    room = most - len(rest) - len(asked)
    return [*asked, *_new(changes, pictures, room, share), *rest]


def _together(
    chapter: Chapter[T], changes: Sequence[SourceChange], pictures: Pictures, share: float
) -> list[Page]:
    """Draw all sources on one page."""
    parts = _parts(chapter, changes, pictures, _room(chapter, share))
    return [_page(chapter, chapter.name, parts, pictures)] if parts else []


def _room(chapter: Chapter[T], share: float) -> int:
    return max(1, int(chapter.grid.most * share))


def _parts(
    chapter: Chapter[T], changes: Sequence[SourceChange], pictures: Pictures, room: int
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
    """Draw pages for each source; where they are too many, some sources share a page."""
    moved = [c for c in changes if any(NEW.has(record, pictures) for record in c.added)]
    if len(moved) > pages_left:
        size = -(-len(moved) // pages_left)
        for i in range(0, len(moved), size):
            parts = _parts(NEW, moved[i : i + size], pictures, _room(NEW, share))
            yield _page(NEW, f"new-{i // size + 1}", parts, pictures)
        return
    wanted = [min(_MOST_PAGES, -(-len(change.added) // NEW.grid.most)) for change in moved]
    for change, count in zip(moved, shares(wanted, pages_left), strict=True):
        [part] = _parts(NEW, [change], pictures, count * _room(NEW, share))
        yield from _one_source(part, pictures)


def _one_source(part: _Part[Record], pictures: Pictures) -> Iterator[Page]:
    """Fill as few pages as there can be, with about as many rows each."""
    rows = -(-len(part.chosen) // NEW.grid.columns)
    count = -(-len(part.chosen) // NEW.grid.most)
    each = -(-rows // count) * NEW.grid.columns
    for number, first in enumerate(range(0, len(part.chosen), each), start=1):
        chosen = part.chosen[first : first + each]
        name = f"new{number if number > 1 else ''}-{part.source}"
        mine = _Part(part.source, part.everything, chosen)
        yield _page(NEW, name, [mine], pictures, elsewhere=len(part.chosen) - len(chosen))


def _page(
    chapter: Chapter[T],
    name: str,
    parts: Sequence[_Part[T]],
    pictures: Pictures,
    *,
    elsewhere: int = 0,
) -> Page:
    sources = [part.source for part in parts]
    total = sum(len(part.everything) for part in parts)
    shown = sum(len(part.chosen) for part in parts)
    more = _hidden(total - shown - elsewhere, [i for part in parts for i in part.everything])
    what = _counted(shown, total, chapter.what)
    where = _listed(sources)
    counted = Counter(chapter.sort(item) for part in parts for item in part.chosen)
    sorts = ", ".join(f"{n:,} {word}" for word, n in counted.most_common() if word)
    how = f", {chapter.how}" if chapter.how else ""
    alt = f"{what} of {where}{how}{f': {sorts}' if sorts else ''}"
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
    """Format how many of how many.

    >>> _counted(25, 2000, "new images"), _counted(1, 1, "duplicates")
    ('25 of 2,000 new images', '1 duplicate')
    """
    return plural(total, what) if shown == total else f"{shown:,} of {plural(total, what)}"


def _hidden(count: int, items: Sequence[object]) -> str:
    """Format how many are not shown, and how many of these cannot be."""
    lost = sum(isinstance(i, Record) and i.status in ("refused", "pointer") for i in items)
    if not count:
        return ""
    verb = "is" if count == 1 else "are"
    reason = "" if not lost else f"; {lost:,} of the files cannot be read"
    return f"{count:,} more {verb} not shown{reason}."


def _listed(names: Sequence[str]) -> str:
    """Format sources' names for a sentence.

    >>> _listed(["a"]), _listed(["a", "b", "c"])
    ('source a', 'sources a, b and c')
    """
    if len(names) == 1:
        return f"source {names[0]}"
    return f"sources {', '.join(names[:-1])} and {names[-1]}"
