"""Stage 6, plan: whether there is anything to propose, and the proposal."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

from covid19_images.manifest import splits
from covid19_images.manifest.statements.conflicts import Conflict, fresh
from flows.collection.consistency import check_rows
from flows.collection.questions import Together, moved
from flows.collection.volume_links import linked
from flows.night import worked_out
from flows.night.carried import Carried, carried
from flows.night.compare.decided import apply_decisions, apply_exclusions, unmatched
from flows.night.compare.sights import comparable
from flows.night.compare.stage import compare, forge_notes, on_its_own
from flows.night.compare.volume_decided import decided
from flows.night.compare.withdrawals import hold
from flows.night.context import RunContext
from flows.night.plan.previews import draw
from flows.night.plan.source_changes import describe_changes, images_of
from flows.night.source_run import SourceRun
from flows.night.worked_out import WorkedOut
from flows.proposal import plan as proposals
from flows.proposal.changes import SourceChange
from flows.proposal.disagreements import all_conflicts, conflicts_after
from flows.proposal.holds import report_holds
from flows.proposal.pictures import Pictures
from flows.proposal.proposal import Collection, Proposal
from flows.proposal.volumes import report_volumes


def _decisions_applied(context: RunContext) -> bool:
    """Return whether the base already holds what people decided."""
    if context.worked_out.is_known:  # to a night with the same decisions
        return True
    decisions = context.config.decisions
    rows = [record for records in context.base.records.values() for record in records]
    if any(splits.splittable(row) and not row.split for row in rows):
        return False  # described before there were splits
    pictures = apply_exclusions(map(on_its_own, rows), decisions.exclude)
    here = tuple(map(splits.without_quarantine, rows))
    pairs_now = [*context.base.pairs, *linked(context.base.volumes)]
    if hold(pictures, pairs_now, decisions, order=context.config.order) != here:
        return False
    volumes, order = context.base.volumes, context.config.order
    if decided(volumes.pairs, decisions.pairs, volumes, rows, order) != volumes.pairs:
        return False
    names = [source.name for source in context.config.sources]
    listed = {p for p in context.base.problems if p.kind == "decision_unmatched"}
    if set(unmatched(rows, decisions, names)) != listed:
        return False
    if decisions.finding:  # what counts in a conflict is written beside it
        now = all_conflicts(rows, context.base.pairs, context.config.sources, decisions.finding)
        if tuple(now) != context.base.conflicts:
            return False
    if not decisions.pairs:
        return True
    pairs = list(context.base.pairs)
    return apply_decisions(pairs, decisions.pairs, filter(comparable, pictures)) == pairs


def _has_news(context: RunContext, runs: Sequence[SourceRun], stays: Carried) -> bool:
    """Return whether anything moved: a source, an answer, a proposal that stays, a fork."""
    behind = {p for p in context.base.problems if p.kind == "fork_behind"}
    return (
        any(source_run.described for source_run in runs)
        or context.answered is not None
        or context.written is not context.base
        or bool(stays.since)
        or set(forge_notes(context)) != behind
    )


def _newest(runs: Sequence[SourceRun], stays: Carried) -> dt.date | None:
    """Return the UTC date of the newest upstream commit taken in."""
    seen = [one.scan.date for one in runs if one.scan and one.scan.date]
    return max([*seen, *([stays.as_of] if stays.as_of else [])], default=None)


def plan(
    context: RunContext, runs: Sequence[SourceRun], *, say: Callable[[str], None] = lambda _: None
) -> tuple[tuple[SourceChange, ...], Proposal | None]:
    """Compare, draw and plan; a night with neither news nor decisions plans nothing."""
    before, stays, config = context.base, carried(context, runs), context.config
    if not _has_news(context, runs, stays) and _decisions_applied(context):
        return _unchanged(context, runs), None
    newest = _newest(runs, stays)
    after = compare(context, runs, newest, say=say)
    check_rows(before.records, after.records)
    changes = describe_changes(context, runs, after)
    disputed = conflicts_after(
        before.conflicts,
        Together(after.records),
        after.pairs,
        config.sources,
        config.decisions.finding,
        touched=after.touched,
    )
    say("Drawing what changed")
    proposal = proposals.plan(
        before,
        after,
        config.sources,
        changes,
        newest,
        pictures=_drawn(context, after, changes, disputed),
        decisions=context.answered,
        ignore_days=config.policy.ignore_days,
        written=context.written,
        disputed=disputed,
        sizes=config.policy.manifest.sizes,
    )
    _keep(context, after, proposal, WorkedOut(is_whole=True))
    return changes, proposal


def _unchanged(context: RunContext, runs: Sequence[SourceRun]) -> tuple[SourceChange, ...]:
    """Describe the sources of a night that leaves the collection as it is."""
    base = context.base
    same = Collection(
        base.records, base.described, base.pairs, base.problems, base.ledger, base.volumes
    )
    if not context.worked_out.is_known:
        _keep(context, same, None, WorkedOut(is_quiet=True))
    return describe_changes(context, runs, same)


def _drawn(
    context: RunContext,
    after: Collection,
    changes: Sequence[SourceChange],
    disputed: Sequence[Conflict],
) -> Pictures:
    """Draw what a person looks at: what changed, and the pictures of new conflicts."""
    before = context.base
    changed = report_volumes(before.volumes, after.volumes)
    return draw(
        context,
        changes,
        after.records,
        disputed=fresh((context.written or before).conflicts, disputed),
        held=report_holds(*moved(before.records, after.records)).held,
        volumes=changed.volumes,
        outlined=changed.pictures,
    )


def _keep(
    context: RunContext, after: Collection, proposal: Proposal | None, found: WorkedOut
) -> None:
    """Remember what this night worked out of the collection that it leaves."""
    images = {name: images_of(context, name, rows) for name, rows in after.records.items()}
    files = worked_out.files_after(context.written.files, proposal)
    worked_out.keep(context.cache, files, context.config, replace(found, images=images))
