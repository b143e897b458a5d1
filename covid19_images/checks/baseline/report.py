"""Lay figures out as tables, which the command prints and the data card shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from covid19_images.checks.baseline.figures import Interval, Score
from covid19_images.checks.baseline.measure import DRAWS, Leakage, Ways

_TOO_FEW = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a title and a sentence below.

    Attributes:
        title: What it shows.
        header: The names of its columns; the first is of words, the others are of figures.
        rows: Its cells.
        below: Remarks under it.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    below: str = ""

    def __str__(self) -> str:
        lines = [self.header, *self.rows]
        widths = [max(len(line[at]) for line in lines) for at in range(len(self.header))]
        text = [
            "  ".join([line[0].ljust(widths[0])] + [c.rjust(w) for c, w in _rest(line, widths)])
            for line in lines
        ]
        return "\n".join([self.title, *text, *([self.below] if self.below else [])])


def _rest(line: tuple[str, ...], widths: list[int]) -> list[tuple[str, int]]:
    return list(zip(line[1:], widths[1:], strict=True))


def of_scores(title: str, scores: Sequence[Score]) -> Table:
    """Return a row for each source."""
    header = ("source", "images", "positive", "AUC", "sensitivity", "specificity")
    rows = tuple(
        (
            one.name,
            f"{one.images:,}",
            f"{one.positive:,}",
            _cell(one.auc),
            _cell(one.sensitivity),
            _cell(one.specificity),
        )
        for one in scores
    )
    below = f"In brackets: 95 %, patients drawn as a whole. {_TOO_FEW}: too few images of a class."
    below = below if scores else "Nothing to score: it takes images of another source."
    return Table(title, header, rows, below)


def comparison(leakage: Leakage) -> Table:
    """Return a row for each way to split the same images."""
    columns = [_ways(leakage.mixed), _ways(leakage.within)]
    names = (
        "the fixed splits",
        "whole groups at random",
        "images at random",
        "what leakage pays",
    )
    below = (
        f"{leakage.images:,} images, {leakage.copies:,} of them copies; the same model each time. "
        f"In brackets: the extremes of {DRAWS} draws. Where sources are mixed, to know the source "
        "is enough for much of it. The last row is images less whole groups at random: nothing of "
        "it is real."
    )
    header = ("split", "AUC, sources mixed", "AUC within sources")
    return Table("What leakage pays", header, tuple(zip(names, *columns, strict=True)), below)


def _ways(ways: Ways) -> list[str]:
    fixed = _TOO_FEW if ways.fixed is None else f"{ways.fixed:.2f}"
    return [fixed, *(_cell(one) for one in (ways.whole, ways.naive, ways.pays))]


def _cell(figure: Interval | None) -> str:
    return _TOO_FEW if figure is None else str(figure)
