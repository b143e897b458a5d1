"""Describe in a proposal what became of the splits: what must be 0, and what is quarantined."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from covid19_images.manifest.record import Record
from covid19_images.manifest.splits import TARGETS, Figures, figures
from flows.collection.duplicates import Pair
from flows.collection.questions import Together, moved
from flows.proposal.split_figures import figures as by_columns
from flows.text.escape import code
from flows.text.plural import plural

_LISTED = 40


@dataclass(frozen=True, slots=True)
class SplitReport:
    """What a proposal says about splits.

    Attributes:
        figures: What is counted.
        quarantined: Rows that are quarantined from now on.
        lifted: Rows that were quarantined before and are no longer.
    """

    figures: Figures
    quarantined: tuple[Record, ...]
    lifted: tuple[Record, ...]

    @property
    def review_reason(self) -> str | None:
        """Return why a person should look: a leak is a mistake of the program."""
        if not self.figures.leaks:
            return None
        return f"splits: {plural(self.figures.leaks, 'leaks')} between train, validation and test"


def report_splits(
    before: Sequence[Record], after: Sequence[Record], pairs: Iterable[Pair]
) -> SplitReport:
    """Compare the splits before and after a night."""
    links = confirmed(pairs)
    if isinstance(before, Together) and isinstance(after, Together) and after.has_unread:
        found = by_columns(after, links, before)
        old_rows, new_rows = moved(before.by_source, after.by_source)
    else:
        found = figures(after, links, before)
        old_rows, new_rows = list(before), list(after)
    old, new = {row.key: row for row in old_rows}, {row.key: row for row in new_rows}
    return SplitReport(
        found,
        tuple(_fresh(new.values(), {key for key, row in old.items() if _out(row)})),
        tuple(_fresh(old.values(), {key for key, row in new.items() if _out(row)})),
    )


def confirmed(pairs: Iterable[Pair]) -> list[tuple[str, str]]:
    """Return the keys of the copies that are sure."""
    return [(pair.a, pair.b) for pair in pairs if pair.kind != "undecided"]


def _out(row: Record) -> bool:
    return row.status == "quarantined"


def _fresh(rows: Iterable[Record], known: set[str]) -> Iterator[Record]:
    return (row for row in sorted(rows, key=lambda r: r.key) if _out(row) and row.key not in known)


def items(report: SplitReport) -> list[str]:
    """List what is quarantined and what no longer is, in Markdown."""
    lines = [
        f"- Quarantined {code(r.key)}: {code(r.split_reason or '')}" for r in report.quarantined
    ]
    lines += [f"- No longer quarantined: {code(r.key)}" for r in report.lifted]
    more = len(lines) - _LISTED
    return lines[:_LISTED] + ([f"- … and {more:,} more: see the manifest"] if more > 0 else [])


def counted(figures: Figures) -> list[str]:
    """List the figures, in Markdown."""
    total = sum(figures.images.values()) or 1
    sizes = ", ".join(
        f"{s} {figures.images[s]:,} ({figures.images[s] / total:.0%})" for s in TARGETS
    )
    across = (
        f"{plural(figures.patients, 'patients')}, {plural(figures.files, 'files')}, "
        f"{plural(figures.pictures, 'pictures')}, {plural(figures.duplicates, 'duplicates')}"
    )
    off = f"{figures.off_target:,} of {figures.strata:,}"
    return [
        f"- Images without their copies: {sizes}",
        f"- On more than one side: {across}",
        f"- Moved to another side: {figures.moved:,}",
        f"- Quarantined: {figures.quarantined:,}",
        f"- Strata off 70/10/20 by more than their largest group: {off}",
    ]


def section(report: SplitReport) -> str:
    """Write the section of a proposal's body."""
    return "\n".join(["## Splits", "", *counted(report.figures), *items(report), ""])


def changes(report: SplitReport) -> str:
    """Write what belongs in CHANGES.md; empty where nothing was quarantined."""
    listed: Sequence[str] = items(report)
    return "\n".join(["### Splits", "", *listed, ""]) if listed else ""
