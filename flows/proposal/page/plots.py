"""Two plots of the collection, as numbers that the page's template draws."""

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from covid19_images.manifest.record import Record
from flows.collection.questions import counted, tallied
from flows.proposal.page.cards import NOT_STATED

_SHADES = 6
_SIDE = 1000  # both sides of the curve's own coordinates
_MOST_TICKS = 5


@dataclass(frozen=True, slots=True)
class HeatCell:
    """How many images; `shade` is 0 for none and 6 for the most, on a log scale."""

    images: int
    shade: int


@dataclass(frozen=True, slots=True)
class Heatmap:
    """Images by finding and source. An image with two findings counts in both rows.

    Attributes:
        sources: The columns, with the images of each.
        rows: Each finding, its images, and its cells in the order of the sources.
    """

    sources: tuple[tuple[str, int], ...]
    rows: tuple[tuple[str, int, tuple[HeatCell, ...]], ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A word on an axis, `percent` from its beginning."""

    percent: float
    word: str


@dataclass(frozen=True, slots=True)
class Growth:
    """How many images there were by the end of each month.

    Attributes:
        months: Each month, from the first to the last, with the images known by its end.
        line: The steps, as a path in a square of 1000 by 1000.
        along: Ticks of the months, from the left.
        up: Ticks of the images, from the top.
        undated: Images that are not drawn, because their date is not known.
    """

    months: tuple[tuple[str, int], ...]
    line: str
    along: tuple[Tick, ...]
    up: tuple[Tick, ...]
    undated: int


def heatmap(records: Sequence[Record]) -> Heatmap:
    """Count active images by finding and source."""
    cells: Counter[tuple[str, str]] = Counter()
    words: Counter[str] = Counter()
    for (source, finding), images in counted(records, ["source", "finding"]).items():
        for word in finding or (NOT_STATED,):
            cells[word, source] += images
            words[word] += images
    sources = sorted(tallied(records, "source").items())
    most = max(cells.values(), default=0)
    rows = [
        (word, n, tuple(_cell(cells[word, source], most) for source, _ in sources))
        for word, n in sorted(words.items(), key=lambda item: (-item[1], item[0]))
    ]
    return Heatmap(tuple(sources), tuple(rows))


def _cell(images: int, most: int) -> HeatCell:
    if not images:
        return HeatCell(0, 0)
    share = math.log(images) / math.log(most) if most > 1 else 1.0
    return HeatCell(images, 1 + round((_SHADES - 1) * share))


def growth(records: Iterable[Record]) -> Growth:
    """Count active images by the month they were first seen in, cumulatively."""
    per_month: Counter[int] = Counter()
    undated = 0
    for (date,), images in counted(records, ["first_seen"]).items():
        if date is None:
            undated += images
        else:
            per_month[_month(date)] += images
    if not per_month:
        return Growth((), "", (), (), undated)
    total, months = 0, []
    for month in range(min(per_month), max(per_month) + 1):
        total += per_month[month]
        months.append((f"{month // 12}-{month % 12 + 1:02}", total))
    up = _round_numbers(total)
    steps = [f"M0 {_SIDE}"]
    for n, (_, images) in enumerate(months, start=1):
        steps.append(f"V{_SIDE - _SIDE * images / up[-1]:.1f}H{_SIDE * n / len(months):.1f}")
    return Growth(
        months=tuple(months),
        line="".join(steps),
        along=tuple(_along([month for month, _ in months])),
        up=tuple(Tick(round(100 - 100 * n / up[-1], 2), f"{n:,}") for n in up),
        undated=undated,
    )


def _month(date: dt.date) -> int:
    return date.year * 12 + date.month - 1


def _along(months: Sequence[str]) -> Iterable[Tick]:
    every = math.ceil(len(months) / _MOST_TICKS)
    for n in range(0, len(months), every):
        yield Tick(round(100 * (n + 0.5) / len(months), 2), months[n])


def _round_numbers(most: int) -> list[int]:
    """Choose ticks from 0 to `most` or just above it.

    >>> _round_numbers(7), _round_numbers(8101)
    ([0, 2, 4, 6, 8], [0, 2000, 4000, 6000, 8000, 10000])
    """
    size = 10 ** max(0, math.floor(math.log10(most / _MOST_TICKS)))
    step = next(k * size for k in (1, 2, 5, 10) if k * size * _MOST_TICKS >= most)
    return [step * n for n in range(math.ceil(most / step) + 1)]
