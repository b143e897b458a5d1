"""What changed in each source on one night, and what of it waits for a person."""

from collections.abc import Iterator, Mapping, Sequence

from covid19_images.manifest.record import Record
from flows.collection.duplicates import Pair
from flows.collection.questions import Together, by_key
from flows.night.carried import Carried, carried, moves
from flows.night.compare.patients import alike
from flows.night.context import RunContext
from flows.night.plan import gates
from flows.night.plan.renamed import as_patients_now
from flows.night.plan.retired import retirements
from flows.night.source_run import SourceRun
from flows.proposal.changes import NewDuplicate, RowChanges, SourceChange, rows
from flows.proposal.proposal import Collection
from flows.proposal.volumes import VolumesReport, report_volumes
from flows.upstream.outcome import NotVisited, Pinned, Rewritten


def describe_changes(
    context: RunContext, runs: Sequence[SourceRun], after: Collection
) -> tuple[SourceChange, ...]:
    """Return what changed in each source that was visited, or whose proposal stays as it stood.

    A duplicate pair is listed under the source whose row is not the one kept.
    """
    fresh = _new_duplicates(context, after)
    stays = carried(context, runs)
    volumes = report_volumes(context.base.volumes, after.volumes)
    changed = (
        _change(context, source_run, after, fresh.get(source_run.source.name, ()), stays, volumes)
        for source_run in (*runs, *_not_visited(context, runs, stays))
    )
    return (*changed, *retirements(context, after.records))


def _new_duplicates(context: RunContext, after: Collection) -> dict[str, list[NewDuplicate]]:
    """Return the pairs that nobody saw before, by the source of the copy."""
    fresh: dict[str, list[NewDuplicate]] = {}
    if after.pairs is context.base.pairs:
        return fresh
    known = {(pair.a, pair.b) for pair in context.base.pairs}
    new = [pair for pair in after.pairs if (pair.a, pair.b) not in known]
    if not new:
        return fresh
    rows = by_key(Together(after.records), (key for pair in new for key in (pair.a, pair.b)))
    known = set(_with_unusable(new, rows)) | set(_of_patients_alike(after))
    copies = {key: row.duplicate_of for key, row in rows.items() if row.duplicate_of}
    for pair in new:
        if (pair.a, pair.b) not in known:
            copy, original = (pair.b, pair.a) if pair.b in copies else (pair.a, pair.b)
            kept = copies.get(copy) if pair.kind != "undecided" else None
            found = NewDuplicate(copy, original, pair, kept)
            fresh.setdefault(copy.partition("/")[0], []).append(found)
    return fresh


def _not_visited(
    context: RunContext, runs: Sequence[SourceRun], stays: Carried
) -> Iterator[SourceRun]:
    """Return a run of each source that was not asked, and of which something stays proposed."""
    asked = {source_run.source.name for source_run in runs}
    for name, since in stays.since.items():
        if name not in asked:
            yield SourceRun(context.config.source(name), NotVisited(since))


def _of_patients_alike(after: Collection) -> Iterator[tuple[str, str]]:
    """Return undecided pairs of two patients who look like one: that is one question, and asked."""
    for found in alike(Together(after.records), after.pairs):
        yield from ((pair.a, pair.b) for pair in found.pairs if pair.kind == "undecided")


def _with_unusable(pairs: Sequence[Pair], rows: Mapping[str, Record]) -> Iterator[tuple[str, str]]:
    """Return the pairs that nobody needs to see: what is held says so, and why, elsewhere."""
    status = {key: row.status for key, row in rows.items()}
    for pair in pairs:
        sides = {status.get(pair.a), status.get(pair.b)}
        unusable = {"excluded"} if pair.kind == "undecided" else {"excluded", "withdrawn", "held"}
        if sides & unusable:
            yield pair.a, pair.b


def _change(
    context: RunContext,
    source_run: SourceRun,
    after: Collection,
    fresh: Sequence[NewDuplicate],
    stays: Carried,
    volumes: VolumesReport,
) -> SourceChange:
    name = source_run.source.name
    before, now = context.records(source_run.source), after.records.get(name, ())
    images = images_of(context, name, now)
    if before is now and source_run.described is None:  # nothing is read of what stays
        before, now = (), ()
    formerly = context.settled.formerly(name) if context.settled else None
    if formerly:
        before = as_patients_now(before, now)
    diff = source_run.scan.diff if source_run.scan else None
    if name in stays.since:
        diff = moves(before, now)
    sorted_rows = rows(before, now, diff)
    unmatched_here = _unmatched(context, name, after)
    old_row, new_row = context.base.described.get(name), after.described.get(name)
    known = set(context.base.problems)
    others = {row.path for row in (*sorted_rows.added, *sorted_rows.removed)}
    return SourceChange(
        source=source_run.source,
        outcome=source_run.outcome,
        old=old_row.commit if old_row else None,
        new=new_row.commit if new_row else None,
        images=images,
        added=sorted_rows.added,
        removed=sorted_rows.removed,
        renamed=sorted_rows.renamed,
        modified=sorted_rows.modified,
        relabelled=sorted_rows.relabelled,
        tables=source_run.scan.table_diffs if source_run.scan else {},
        copies=tuple(found for found in fresh if found.pair.kind != "undecided"),
        undecided=tuple(found for found in fresh if found.pair.kind == "undecided"),
        problems=tuple(p for p in after.problems if p.source == name and p not in known),
        server=context.github_server,
        formerly=formerly,
        left_by_reading=(tuple(source_run.described.reasons) if source_run.described else None),
        not_visited_since=stays.since.get(name),
        outlined=volumes.outlined_anew(name, others),
        review_reason=(
            stays.review_reasons.get(name) or "; ".join(unmatched_here) or None
            if name in stays.since
            else _review_reason(context, source_run, sorted_rows, (before, now), unmatched_here)
        ),
    )


def _unmatched(context: RunContext, name: str, after: Collection) -> list[str]:
    """Return the takedowns that take nothing down; what names no source is the first one's."""
    first = next(iter(context.sources), None)
    names = (name, "") if first is not None and name == first.name else (name,)
    return [p.what for p in after.problems if p.kind == "decision_unmatched" and p.source in names]


def _review_reason(
    context: RunContext,
    source_run: SourceRun,
    changed: RowChanges,
    both: tuple[Sequence[Record], Sequence[Record]],
    unmatched: Sequence[str],
) -> str | None:
    if isinstance(source_run.outcome, Pinned):  # a person asked for just this
        return None
    source, (before, now) = source_run.source, both
    reasons = [*unmatched, *gates.beyond_shares(context.config.policy, changed, before)]
    if source_run.described:
        reasons += source_run.described.reasons
        reasons += gates.outside(source.expect, changed, before, now)
    if isinstance(source_run.outcome, Rewritten):
        old = source_run.outcome.old[:12]
        reasons.append(f"the upstream rewrote its history; the pin {old} is no longer in it")
    return "; ".join(reasons) or None


def images_of(context: RunContext, name: str, rows: Sequence[Record]) -> int:
    """Count the images of a source; rows that were counted before are not read."""
    counted = context.worked_out.images
    if name in counted and rows is context.written.records.get(name):
        return counted[name]
    return sum(record.status != "withdrawn" for record in rows)
