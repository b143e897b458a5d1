"""Keep what is proposed of sources that a run does not visit: only a visit takes it out."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from covid19_images.manifest.record import Record
from flows.collection import lives
from flows.collection.duplicates import Pair
from flows.collection.problems import Problem
from flows.collection.state import SourceRow, State
from flows.collection.volumes import NONE, Volumes
from flows.night.context import RunContext
from flows.night.source_run import SourceRun
from flows.night.stood import Stood
from flows.upstream.outcome import Failure
from flows.upstream.tree import Entry, TreeDiff


@dataclass(frozen=True, slots=True)
class Carried:
    """What stays proposed as it stood.

    Attributes:
        since: The sources, and since when each was not visited.
        records: Their rows.
        described: What these were written from.
        problems: What could not be explained in them.
        pairs: All pairs of the open proposal.
        blobs: The blob ids, by key, of all pictures that these were found among.
        review_reasons: Why a person should look, by source.
        as_of: UTC date of the newest upstream commit that was taken in.
        volumes: Their volumes.
    """

    since: Mapping[str, dt.date] = field(default_factory=dict)
    records: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    described: Mapping[str, SourceRow] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    pairs: Sequence[Pair] = ()
    blobs: Mapping[str, str] = field(default_factory=dict)
    review_reasons: Mapping[str, str] = field(default_factory=dict)
    as_of: dt.date | None = None
    volumes: Volumes = NONE


def carried(context: RunContext, runs: Iterable[SourceRun]) -> Carried:
    """Return what stays proposed although it was not visited.

    A source whose upstream does not answer was not visited. One that a person pinned elsewhere or
    asked to leave alone is taken out, and so is one of which the base has something else than when
    it was proposed: somebody decided.

    Args:
        context: Configuration, base state, and the open proposal.
        runs: Every source of the run.
    """
    if context.stood is None:
        return Carried()
    there = _as_called_now(context.stood, context)
    visited = {one.source.name for one in runs if not isinstance(one.outcome, Failure)}
    names = [
        source.name
        for source in context.config.sources
        if source.name not in visited and _stands(context, there, source.name)
    ]
    if not names:
        return Carried()
    rows = there.proposed.records
    return Carried(
        since={name: there.not_visited_since(name) for name in names},
        records={name: rows.get(name, ()) for name in names},
        described={name: there.proposed.described[name] for name in names},
        problems=tuple(p for p in there.proposed.problems if p.source in names),
        pairs=there.proposed.pairs,
        blobs={row.key: row.blob for some in rows.values() for row in some},
        review_reasons={
            name: there.review_reasons[name] for name in names if name in there.review_reasons
        },
        as_of=there.as_of,
        volumes=there.proposed.volumes.of(names),
    )


def _as_called_now(there: Stood, context: RunContext) -> Stood:
    names = context.settled.renamed if context.settled else {}
    if not names:
        return there
    return replace(
        there,
        proposed=lives.renamed(there.proposed, names),
        before=lives.renamed(there.before, names),
    )


def _stands(context: RunContext, there: Stood, name: str) -> bool:
    decisions = context.config.decisions
    proposed, base = there.proposed.described.get(name), context.base.described.get(name)
    if proposed is None or proposed == base or base != there.before.described.get(name):
        return False
    pin = decisions.pinned(name)
    if pin is not None and pin.commit != proposed.commit:
        return False
    return decisions.ignored_until(name, there.today) is None


def overlaid(base: State, kept: Carried) -> State:
    """Return a base with what stays proposed, but for its ledger, pairs and pins."""
    problems = [p for p in base.problems if p.source not in kept.since]
    return replace(
        base,
        records={**base.records, **kept.records},
        described={**base.described, **kept.described},
        problems=(*problems, *kept.problems),
        volumes=base.volumes.without(kept.since).plus(kept.volumes),
    )


def moves(before: Sequence[Record], now: Sequence[Record]) -> TreeDiff:
    """Return the pictures that moved, by their files: the same one is gone here and new there.

    Args:
        before: The rows of a source before.
        now: Its rows now.
    """
    old = {row.path: row for row in before if row.status != "withdrawn"}
    new = {row.path: row for row in now if row.status != "withdrawn"}
    gone: dict[str, list[str]] = defaultdict(list)
    for path in sorted(old.keys() - new.keys()):
        gone[old[path].blob].append(path)
    found = []
    for path in sorted(new.keys() - {row.path for row in before}):
        blob = new[path].blob
        if gone[blob]:
            found.append((Entry(gone[blob].pop(0), blob), Entry(path, blob)))
    return TreeDiff(renamed=tuple(found))
