"""Work out what a night proposes: files, pins and words. Nothing is written here."""

import datetime as dt
from collections.abc import Sequence

from covid19_images.manifest.shards import USUAL, Sizes
from covid19_images.manifest.statements.conflicts import Conflict
from flows.collection import manifest_files, state
from flows.collection.questions import Together
from flows.collection.state import State
from flows.config.source import Source
from flows.proposal import catalogue, changes_json, changes_md, forms, markdown, page, state_files
from flows.proposal.changes import SourceChange, headline
from flows.proposal.pictures import NO_PICTURES, Pictures
from flows.proposal.proposal import Collection, Proposal
from flows.proposal.reports import Reports, report
from flows.proposal.section import section
from flows.proposal.sheets import sheets
from flows.proposal.shown import Shown, shown


def plan(
    before: State,
    after: Collection,
    sources: Sequence[Source],
    changes: Sequence[SourceChange],
    date: dt.date | None,
    *,
    decisions: str | None = None,
    ignore_days: int = 30,
    pictures: Pictures = NO_PICTURES,
    written: State | None = None,
    disputed: Sequence[Conflict] = (),
    sizes: Sizes = USUAL,
) -> Proposal | None:
    """Propose the difference between what the collection holds and what it should hold.

    Args:
        before: The base, as the configuration names its sources.
        after: The collection after the night.
        sources: All configured sources.
        changes: What happened to each source that was visited.
        date: UTC date of the newest upstream commit taken in.
        decisions: New text of `config/decisions.toml`, where people answered.
        ignore_days: How long a source is left alone when its box is ticked.
        pictures: What was drawn of the changes.
        written: The base as it is committed, where that differs.
        disputed: Every conflict between statements, as the collection is after the night.
        sizes: How many rows a file of the manifest has.

    Returns:
        The proposal, or `None` when nothing would change.
    """
    written = written or before
    found = state_files.difference(written, after, sources, disputed, sizes)
    if not found and decisions is None:
        return None
    records = Together({name: after.records[name] for name in sorted(after.records)})
    public = shown(changes, records, pictures)
    reports = report(
        before,
        records,
        after.pairs,
        after.volumes,
        touched=after.touched,
        changes=changes,
        sources=sources,
        disputed=disputed,
        listed=written.conflicts,
        public=public,
    )
    moved = forms.report_forms(written.manifests, after.records, found.manifests)
    files = {
        **found.files,
        **_decided(decisions),
        **_catalogue(written, sources, after),
        **_words(before, public, reports, moved, date),
    }
    review_reasons = _review_reasons(changes, reports)
    title = headline(changes) if found else "What people decided"
    title += reports.holds.headline
    return Proposal(
        title=title,
        files=files,
        pins=found.pins,
        body=markdown.body(
            title,
            public.changes,
            records,
            review_reasons,
            look_at=reports.to_look_at(changes),
            ignore_days=ignore_days,
            sections=[forms.section(moved, level=2), *reports.for_body(changes, public)],
        ),
        page=_page(title, after, public, reports, review_reasons),
        review_reasons=review_reasons,
        sheets=sheets(public.changes, public.pictures),
        described={name: row.commit for name, row in after.described.items()},
        deleted=found.deleted,
        pictures=pictures,
        date=date,
        large=manifest_files.large(found.manifests, after.records),
    )


def _decided(decisions: str | None) -> dict[str, bytes]:
    return {} if decisions is None else {state.DECISIONS: decisions.encode()}


def _catalogue(written: State, sources: Sequence[Source], after: Collection) -> dict[str, bytes]:
    listed = catalogue.catalogue(sources, after.records)
    return {} if listed == written.catalogue else {state.CATALOGUE: listed.encode()}


def _page(
    title: str,
    after: Collection,
    public: Shown,
    reports: Reports,
    review_reasons: Sequence[str],
) -> str:
    return page.render(
        title,
        public.changes,
        public.records,
        after.pairs,
        review_reasons,
        pictures=public.pictures,
        conflicts=[public.conflict(one) for one in reports.conflicts],
        held=reports.holds.held,
        volumes=reports.volumes.volumes,
        outlined=reports.volumes.pictures,
    )


def _review_reasons(changes: Sequence[SourceChange], reports: Reports) -> tuple[str, ...]:
    reasons = [f"{c.source.name}: {c.review_reason}" for c in changes if c.review_reason]
    return (*reasons, *filter(None, [reports.splits.review_reason]))


def _words(
    before: State,
    public: Shown,
    reports: Reports,
    moved: Sequence[forms.Form],
    date: dt.date | None,
) -> dict[str, bytes]:
    """Write what changed, for people and for programs."""
    heading = f"Upstream as of {date.isoformat()}" if date else "Without upstream changes"
    parts = [section(heading, public.changes), *reports.for_changes(public)]
    words = filter(None, [*parts, forms.section(moved, level=3)])
    programs = changes_json.dumps(public.changes, date, reports.for_programs(public))
    return {
        state.CHANGES: changes_md.added(before.changes, "\n".join(words)).encode(),
        state.CHANGES_JSON: programs.encode(),
    }
