"""Whether a set passes: nobody may tell the label of a picture from where the picture comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from covid19_images.checks.shortcuts.measure import LEAST, Figure
from covid19_images.checks.shortcuts.seen import SOURCE

SOURCE_MOST = 0.6
"""The greatest lower end of an interval with which the source alone is said not to tell a label."""
OTHERS_MOST = 0.9
"""The same for everything else that is not lungs; a view or a bedside picture may tell something
true, so this much is only pointed at, unless no source is known."""


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    Attributes:
        figures: All figures.
        images: How many pictures were looked at.
        left_out: How many pictures were left out, by reason.
    """

    figures: tuple[Figure, ...]
    images: int
    left_out: tuple[tuple[str, int], ...] = ()

    @cached_property
    def by_source(self) -> tuple[Figure, ...]:
        """Return the figures where the source alone tells the label, the clearest first."""
        return _above(self.figures, SOURCE_MOST, source=True)

    @cached_property
    def by_others(self) -> tuple[Figure, ...]:
        """Return the figures where something else that is not lungs tells the label."""
        return _above(self.figures, OTHERS_MOST, source=False)

    @property
    def failures(self) -> tuple[Figure, ...]:
        """Return the figures for which the set fails."""
        return self.by_source if self.knows_sources else self.by_others

    @property
    def knows_sources(self) -> bool:
        """Return whether the pictures' sources are known."""
        return any(one.sees == SOURCE for one in self.figures)

    @property
    def is_measured(self) -> bool:
        """Return whether there were pictures enough for any figure."""
        return any(one.auc is not None for one in self.figures)

    @property
    def passes(self) -> bool:
        """Return whether nothing was found for which the set fails."""
        return not self.failures

    @property
    def sentence(self) -> str:
        """Return what was found in one sentence."""
        if self.failures:
            worst = self.failures[0]
            return (
                f"{worst.sees[0].upper()}{worst.sees[1:]} alone tells {worst.label} in "
                f"{worst.split}: AUC {_with_interval(worst)}."
            )
        if not self.is_measured:
            return f"Too few pictures to say: a figure needs {LEAST} with a label, {LEAST} without."
        if not self.knows_sources:
            return "No source is known, and nothing else beside the lungs tells a label alone."
        return "No source alone tells a label."

    def table(self) -> pd.DataFrame:
        """Return the figures as a table."""
        names = [
            "sees",
            "label",
            "split",
            "held_out",
            "auc",
            "low",
            "high",
            "positive",
            "negative",
        ]
        rows = [[getattr(one, name) for name in names] for one in self.figures]
        return pd.DataFrame(rows, columns=names)

    def words(self) -> list[list[str]]:
        """Return the figures as rows of words: sees, label, where, area, interval, counts."""
        return [_words(one) for one in self.figures]

    def __repr__(self) -> str:
        verdict = "passes" if self.passes else "FAILS"
        lines = [f"{verdict}: {self.sentence}", f"{self.images:,} pictures"]
        left = ", ".join(f"{n:,} {reason}" for reason, n in self.left_out)
        lines += [f"left out: {left}"] if left else []
        lines += [f"look at: {described(one)}" for one in self.by_others if self.knows_sources]
        return "\n".join(lines)


def _above(figures: Sequence[Figure], most: float, *, source: bool) -> tuple[Figure, ...]:
    found = [
        one
        for one in figures
        if (one.sees == SOURCE) is source
        and one.held_out is None
        and one.low is not None
        and one.low > most
    ]
    return tuple(sorted(found, key=lambda one: (-(one.low or 0), one.split, one.label)))


def _words(one: Figure) -> list[str]:
    where = f"{one.held_out}, held out" if one.held_out else one.split
    if one.auc is None:
        figures = ["too few", ""]
    else:
        figures = [f"{one.auc:.2f}", f"{one.low:.2f} to {one.high:.2f}"]
    return [one.sees, one.label, where, *figures, f"{one.positive:,}", f"{one.negative:,}"]


def described(one: Figure) -> str:
    """Return a figure in words.

    Args:
        one: A figure that was measured.
    """
    return f"{one.sees} tells {one.label} in {one.split}: AUC {_with_interval(one)}"


def _with_interval(one: Figure) -> str:
    return f"{one.auc:.2f} ({one.low:.2f} to {one.high:.2f})"
