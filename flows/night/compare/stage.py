"""Stage 5, compare: merge all sources' rows, find duplicates, assign splits, list problems."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from covid19_images.images.decode import DECODER_SET
from covid19_images.images.fingerprint import ALGORITHM_VERSION
from covid19_images.manifest import splits
from covid19_images.manifest.record import Record
from covid19_images.manifest.volume import VOLUMES_VERSION
from flows.collection.duplicates import Pair
from flows.collection.problems import Problem
from flows.collection.state import SourceRow
from flows.collection.volume_links import linked
from flows.night.carried import Carried, carried, overlaid
from flows.night.compare import find
from flows.night.compare.decided import apply_exclusions, unmatched
from flows.night.compare.features import features
from flows.night.compare.find import Compared
from flows.night.compare.patients import alike, questions
from flows.night.compare.search import Search
from flows.night.compare.volume_stage import copies_of_volumes, not_compared
from flows.night.compare.withdrawals import released
from flows.night.context import RunContext
from flows.night.source_run import SourceRun
from flows.proposal.plan import Collection
from flows.text import names

_FOUND_ANEW = ("not_compared", "fork_behind", "decision_unmatched", "patients_alike")
_UNSEEN = "not compared with new pictures: its upstream does not answer, and the cache was lost"


def compare(
    context: RunContext,
    runs: Sequence[SourceRun],
    date: dt.date | None = None,
    *,
    say: Callable[[str], None] = lambda _: None,
) -> Collection:
    """Merge the rows of all sources, find the duplicates among them, and assign splits.

    Args:
        context: Configuration, base state and cache paths.
        runs: Every source visited.
        date: UTC date of the newest upstream commit taken in.
        say: Called with progress messages, for people who wait.
    """
    base, kept = context.base, carried(context, runs)
    begun = overlaid(base, kept)
    records, described = dict(begun.records), dict(begun.described)
    problems = [p for p in begun.problems if p.kind not in _FOUND_ANEW]
    volumes = begun.volumes
    for source_run in runs:
        if source_run.described is None or source_run.tip is None:
            continue
        name = source_run.source.name
        records[name] = tuple(sorted(source_run.described.records, key=lambda r: r.path))
        described[name] = _described(context, source_run, source_run.tip.commit)
        volumes = volumes.without([name]).plus(source_run.volumes)
        problems = [p for p in problems if p.source != name] + source_run.described.problems
    base_rows = [record for rows in base.records.values() for record in rows]
    rows = [row for some in records.values() for row in some]
    standing = replace(volumes, pairs=begun.volumes.pairs).standing(records)
    copies = copies_of_volumes(context, standing, rows, kept, say)
    standing = replace(standing, pairs=copies.pairs)
    compared = _compared(context, rows, base_rows, kept, linked(standing), say)
    contents = {r.key: r.image_id for r in base_rows if r.image_id}
    split = splits.assign(
        compared.records,
        base.ledger,
        before=contents,
        since=date,
        train_only={source.name for source in context.config.sources if source.train_only},
    )
    by_source: dict[str, list[Record]] = {name: [] for name in records}
    for record in split.records:
        by_source[record.source].append(record)
    rows_of = {name: tuple(rows) for name, rows in by_source.items()}
    problems += forge_notes(context)
    problems += questions(alike(split.records, compared.pairs))
    names = [source.name for source in context.config.sources]
    problems += unmatched(split.records, context.config.decisions, names)
    problems += [Problem(r.source, _shown(r), 0, "not_compared", _UNSEEN) for r in compared.unseen]
    problems += not_compared(copies)
    odd = tuple(sorted(set(problems)))
    return Collection(rows_of, described, compared.pairs, odd, split.ledger, standing)


def _described(context: RunContext, source_run: SourceRun, commit: str) -> SourceRow:
    """Return what a source's rows are written from."""
    identity = source_run.identity
    return SourceRow(
        source_run.source.name,
        commit,
        context.layout(source_run.source),
        ALGORITHM_VERSION,
        identity.repository if identity else None,
        identity.owner if identity else None,
        DECODER_SET,
        VOLUMES_VERSION,
    )


def _shown(record: Record) -> str:
    """Return the path of a row as `datasets/problems.csv` names it."""
    is_doubtful = "dated_name" in record.privacy
    return names.withheld(record.path, record.blob) if is_doubtful else record.path


def _compared(
    context: RunContext,
    rows: Sequence[Record],
    base_rows: Sequence[Record],
    kept: Carried,
    of_volumes: Sequence[Pair],
    say: Callable[[str], None],
) -> Compared:
    """Find the copies among all rows; those of the base were compared with each other before."""
    base, decisions = context.base, context.config.decisions
    now = apply_exclusions(map(on_its_own, rows), decisions.exclude)
    odd = overlaid(base, kept).problems
    unseen = {(p.source, p.file) for p in odd if p.kind == "not_compared"}
    known = _compared_before(base_rows, now)
    if kept.since and all(kept.blobs.get(key) == blob for key, blob in known.items()):
        # The open proposal compared what it holds with all that the base has.
        known |= _compared_before([r for some in kept.records.values() for r in some], now)
    return find.compare(
        now,
        _pairs(base.pairs, kept),
        known,
        context.config.order,
        decisions,
        Search(
            context.cache,
            lambda pictures: features(context, pictures),
            context.config.policy.compute,
            say,
        ),
        unseen={r.key for r in rows if (r.source, _shown(r)) in unseen},
        of_volumes=of_volumes,
    )


def _pairs(base: Sequence[Pair], kept: Carried) -> tuple[Pair, ...]:
    """Return the pairs that are known, those of what stays proposed among them."""
    there = {(pair.a, pair.b) for pair in base}
    keys = {row.key for some in kept.records.values() for row in some}
    return (
        *base,
        *(
            pair
            for pair in kept.pairs
            if (pair.a, pair.b) not in there and (pair.a in keys or pair.b in keys)
        ),
    )


def on_its_own(record: Record) -> Record:
    """Return a row as it would be if nothing were known of other rows: neither held nor moved."""
    return released(splits.without_quarantine(record))


def _compared_before(base_rows: Iterable[Record], now: Iterable[Record]) -> dict[str, str]:
    """Return the blob ids, by key, of the rows whose copies are known."""
    excluded = {r.key for r in now if r.status == "excluded"}
    known = ("active", "quarantined", "held")
    return {
        r.key: r.blob
        for r in base_rows
        if r.status in known or (r.status == "excluded" and r.key in excluded)
    }


def forge_notes(context: RunContext) -> list[Problem]:
    """List what the forge says of sources, as problems for a person."""
    return [Problem(name, "", 0, "fork_behind", what) for name, what in context.notes.items()]
