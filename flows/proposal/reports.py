"""What a proposal reports beside the changes of sources: splits, holds, copies, disagreements."""

from collections.abc import Collection as Keys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from covid19_images.manifest.statements import conflicts
from covid19_images.manifest.statements.conflicts import Conflict
from flows.collection.duplicates import Pair
from flows.collection.questions import Together, by_key, moved
from flows.collection.state import State
from flows.collection.volumes import Volumes
from flows.config.source import Source
from flows.proposal import corrections, disagreements, holds, volume_copies
from flows.proposal import splits as split_reports
from flows.proposal import volumes as volume_reports
from flows.proposal.changes import SourceChange
from flows.proposal.corrections import Correction
from flows.proposal.holds import HoldReport
from flows.proposal.shown import Shown
from flows.proposal.splits import SplitReport
from flows.proposal.volume_copies import CopiesReport
from flows.proposal.volumes import VolumesReport
from flows.text.plural import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Comparisons of the collection before and after a night; rows are as people may see them.

    Attributes:
        splits: What moved between splits, and what is in none.
        holds: Which copies are held, and which no longer.
        volumes: Volumes and masks that changed.
        copies: Copies of volumes.
        conflicts: Conflicts between statements that were not listed before.
        corrections: Copies that have not followed a correction of this night.
    """

    splits: SplitReport
    holds: HoldReport
    volumes: VolumesReport
    copies: CopiesReport
    conflicts: Sequence[Conflict]
    corrections: Sequence[Correction]

    def for_changes(self, public: Shown) -> list[str]:
        """Return the sections of CHANGES.md; some may be empty."""
        return [
            holds.changes(self.holds),
            volume_reports.section(self.volumes, _harmless(public.changes), level=3),
            volume_copies.changes(self.copies, public.keys),
            split_reports.changes(self.splits),
        ]

    def for_programs(self, public: Shown) -> dict[str, Any]:
        """Return what stands in CHANGES.json beside the sources."""
        return {**holds.as_json(self.holds), **volume_copies.as_json(self.copies, public.keys)}

    def for_body(self, changes: Sequence[SourceChange], public: Shown) -> list[str]:
        """Return the sections of a proposal's body; some may be empty.

        Args:
            changes: What happened to each source: a correction is said to be one.
            public: The same as people may see it.
        """
        return [
            holds.section(self.holds),
            disagreements.section(self.conflicts, changes, public.keys),
            corrections.section(self.corrections, public.keys),
            volume_reports.section(self.volumes, _harmless(changes), level=2),
            volume_copies.section(self.copies, public.keys),
            split_reports.section(self.splits),
        ]

    def to_look_at(self, changes: Sequence[SourceChange]) -> list[str]:
        """Return what a person may have to decide beside pairs of copies, counted, in words.

        Args:
            changes: What happened to each source.
        """
        counts = {
            "new conflicts": len(self.conflicts),
            "missed corrections": len(self.corrections),
            "new problems": sum(len(change.problems) for change in changes),
        }
        return [plural(n, words) for words, n in counts.items() if n]


def report(
    before: State,
    records: Together,
    pairs: Sequence[Pair],
    volumes: Volumes,
    *,
    touched: Keys[str] | None,
    changes: Sequence[SourceChange],
    sources: Sequence[Source],
    disputed: Sequence[Conflict],
    listed: Sequence[Conflict],
    public: Shown,
) -> Reports:
    """Return what a night's result differs in from the base, beside the changes of its sources.

    Args:
        before: The base, as the configuration names its sources.
        records: All rows after the night.
        pairs: All copies after the night.
        volumes: All volumes after the night.
        touched: Keys of the rows that the night can have reached; `None` for all.
        changes: What happened to each source that was visited.
        sources: All configured sources.
        disputed: Every conflict between statements after the night.
        listed: Those that the base lists.
        public: Rows and keys as people may see them.
    """
    split_report = split_reports.report_splits(Together(before.records), records, pairs)
    hold_report = holds.report_holds(*moved(before.records, records.by_source))
    reached = records if touched is None else tuple(by_key(records, touched).values())
    return Reports(
        splits=replace(
            split_report,
            quarantined=tuple(map(public.row, split_report.quarantined)),
            lifted=tuple(map(public.row, split_report.lifted)),
        ),
        holds=HoldReport(
            tuple(map(public.row, hold_report.held)), tuple(map(public.row, hold_report.lifted))
        ),
        volumes=volume_reports.report_volumes(before.volumes, volumes),
        copies=volume_copies.report_copies(before.volumes.pairs, volumes.pairs),
        conflicts=conflicts.fresh(listed, disputed),
        corrections=corrections.corrections(changes, reached, pairs, sources),
    )


def _harmless(changes: Sequence[SourceChange]) -> dict[str, Sequence[str]]:
    return {change.source.name: change.source.harmless for change in changes}
