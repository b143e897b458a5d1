"""Stage 4, describe: write a source's manifest rows, and tombstones for what is gone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from covid19_images.manifest.record import Record
from flows.collection import lives
from flows.collection.problems import Problem, bounded
from flows.labels import rows
from flows.labels.assign import label
from flows.labels.keep import keep_labels
from flows.night.context import RunContext
from flows.night.listing import Scan
from flows.night.source_run import SourceRun
from flows.text import names
from flows.text.links import repository_at
from flows.upstream.outcome import Pinned


def describe(context: RunContext, source_run: SourceRun) -> SourceRun:
    """Describe a source that was scanned; rows whose file is gone stay as tombstones."""
    seen = source_run.scan
    if seen is None:
        return source_run
    paths = [entry.path for entry in seen.images]
    labelled = label(source_run.source, seen.tables, paths)
    described = rows.describe(
        source_run.source,
        context.config.vocabulary,
        seen.images,
        source_run.results,
        labelled,
        seen.dates,
    )
    kept = keep_labels(
        source_run.source,
        _base_rows(context.records(source_run.source), seen),
        described.records,
        labelled,
        share=context.config.policy.hold_labels_lost_share,
        same_mapping=context.up_to_date(source_run.source),
    )
    described.records = list(kept.records)
    described.problems += kept.problems
    harmless = source_run.source.harmless
    described.reasons += [names.shown_text(reason, harmless) for reason in kept.reasons]
    found = [*described.problems, *seen.problems, *_address_changed(context, source_run)]
    blobs = {entry.path: entry.blob for entry in seen.images}
    described.problems = bounded(_shown(p, blobs, source_run.source.harmless) for p in found)
    described.records += _tombstones(source_run, seen, context.records(source_run.source))
    described.records = list(map(names.shown_words, described.records))
    return replace(source_run, described=described)


def _base_rows(before: Sequence[Record], seen: Scan) -> dict[str, Record]:
    """Return the rows of the base by the path that their image has now."""
    rows_of = {record.path: record for record in before}
    moved = {new.path: rows_of[old.path] for old, new in seen.diff.renamed if old.path in rows_of}
    return rows_of | moved


def _shown(problem: Problem, blobs: Mapping[str, str], harmless: Sequence[str]) -> Problem:
    """Return a problem as people may read it."""
    file = names.shown_path(problem.file, blobs.get(problem.file, names.NO_BLOB), harmless)
    return replace(problem, file=file, what=names.shown_text(problem.what, harmless))


def _tombstones(source_run: SourceRun, seen: Scan, before: Sequence[Record]) -> list[Record]:
    there = {entry.path for entry in seen.images} | {old.path for old, _ in seen.diff.renamed}
    gone = [record for record in before if record.path not in there]
    if isinstance(source_run.outcome, Pinned):  # our doing: the upstream withdrew nothing
        reason = f"not in commit {source_run.outcome.commit[:12]}, where a person keeps the source"
        return [r if r.status == "withdrawn" else rows.set_aside(r, reason) for r in gone]
    return [_tombstone(record, seen) for record in gone]


def _tombstone(record: Record, seen: Scan) -> Record:
    """Return a row without an image: its file is there and not taken, or it is gone upstream."""
    if record.path in seen.paths:
        return lives.leave_out(record, lives.NO_LONGER_TAKEN)
    return record if rows.is_gone_upstream(record) else rows.withdraw(record, seen.date)


def _address_changed(context: RunContext, source_run: SourceRun) -> list[Problem]:
    """Return a problem where an upstream has a new name; GitHub redirects only for a while."""
    configured = repository_at(source_run.source.url, context.github_server)
    now = source_run.identity.name if source_run.identity else None
    if source_run.tip and source_run.tip.redirected and not now:
        now = source_run.tip.redirected
    if now is None or (configured and now.lower() == configured.name.lower()):
        return []
    file = f"config/sources/{source_run.source.name}.toml"
    what = f"its url leads to {now} now; write that instead"
    return [Problem(source_run.source.name, file, 0, "address_changed", what)]
