"""Stage 5, compare: merge all sources' rows, find duplicates, assign splits, list problems."""

import datetime as dt
from collections.abc import Sequence

from covid19_images import splits
from covid19_images.images.fingerprint import ALGORITHM_VERSION
from covid19_images.manifest.record import Record
from flows.collection.problems import Problem
from flows.collection.state import Described
from flows.night.compare import find
from flows.night.compare.decided import marked
from flows.night.compare.features import features
from flows.night.compare.find import Compared
from flows.night.context import RunContext
from flows.night.source_run import SourceRun
from flows.proposal.plan import Collection

_UNSEEN = "not held against new pictures: its upstream does not answer, and the cache was lost"


def compare(
    context: RunContext, visits: Sequence[SourceRun], date: dt.date | None = None
) -> Collection:
    """Merge the rows of all sources, find the duplicates among them, and assign splits.

    Args:
        context: Configuration, base state and cache paths.
        visits: Every source visited.
        date: UTC date of the newest upstream commit taken in.
    """
    before = context.base
    records, described = dict(before.records), dict(before.described)
    problems = [p for p in before.problems if p.kind not in ("not_compared", "fork_behind")]
    for visit in visits:
        if visit.described is None or visit.tip is None:
            continue
        name = visit.source.name
        records[name] = tuple(sorted(visit.described.records, key=lambda r: r.path))
        described[name] = Described(
            name,
            visit.tip.commit,
            context.layout(visit.source),
            ALGORITHM_VERSION,
            *((visit.identity.repository, visit.identity.owner) if visit.identity else ()),
        )
        problems = [p for p in problems if p.source != name] + visit.described.problems
    held = [record for rows in before.records.values() for record in rows]
    compared = _compared(context, [row for rows in records.values() for row in rows], held)
    contents = {r.key: r.image_id for r in held if r.image_id}
    split = splits.assign(compared.records, before.ledger, before=contents, since=date)
    by_source: dict[str, list[Record]] = {name: [] for name in records}
    for record in split.records:
        by_source[record.source].append(record)
    rows_of = {name: tuple(rows) for name, rows in by_source.items()}
    problems += noted(context)
    problems += [Problem(r.source, r.path, 0, "not_compared", _UNSEEN) for r in compared.unseen]
    odd = tuple(sorted(set(problems)))
    return Collection(rows_of, described, compared.pairs, odd, split.ledger)


def _compared(context: RunContext, rows: Sequence[Record], held: Sequence[Record]) -> Compared:
    """Find the copies among all rows; those of the base were compared with each other before."""
    before, decisions = context.base, context.config.decisions
    return find.compare(
        marked(map(splits.lifted, rows), decisions.exclude),
        before.pairs,
        {r.key: r.blob for r in held if r.status in ("active", "quarantined")},
        {source.name: source.order for source in context.config.sources},
        decisions.pairs,
        lambda pictures: features(context, pictures),
        unseen={f"{p.source}/{p.file}" for p in before.problems if p.kind == "not_compared"},
        compute=context.config.policy.compute,
    )


def noted(context: RunContext) -> list[Problem]:
    """List what the forge says of sources, as problems for a person."""
    return [Problem(name, "", 0, "fork_behind", what) for name, what in context.notes.items()]
