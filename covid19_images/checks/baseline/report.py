"""Lay figures out as tables, which the command prints and the data card shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from covid19_images.checks.baseline.figures import Interval, Score
from covid19_images.checks.baseline.measure import DRAWS, Leakage

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
    return Table(title, header, rows, below)


def comparison(leakage: Leakage) -> Table:
    """Return a row for each way to split the same images."""
    fixed = _TOO_FEW if leakage.fixed is None else f"{leakage.fixed:.2f}"
    rows = (
        ("the fixed splits", fixed),
        ("whole groups at random", _cell(leakage.whole)),
        ("images at random", _cell(leakage.naive)),
        ("what leakage pays", _cell(leakage.pays)),
    )
    below = (
        f"{leakage.images:,} images, {leakage.copies:,} of them copies, sources mixed; the same "
        f"model each time. In brackets: the extremes of {DRAWS} draws. The last row is images less "
        "whole groups at random: nothing of it is real."
    )
    return Table("What leakage pays", ("split", "AUC"), rows, below)


def _cell(figure: Interval | None) -> str:
    return _TOO_FEW if figure is None else str(figure)
