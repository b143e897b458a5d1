"""Make a proposal from the tables of a handover: its words and pictures are written here.

Title, body, page, sheets and changelog come from the same functions as in the process that read the
upstreams (`flows.night.plan`, `flows.proposal`), from the rows that were checked. What that process
says of an upstream, and why a person should look, is quoted as text and never more.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from covid19_images.manifest.record import Record
from flows.collection import state
from flows.collection.state import State
from flows.config.load import Config
from flows.forge import decisions_file
from flows.night.carried import carried, overlaid
from flows.night.context import RunContext
from flows.night.handover import refused
from flows.night.handover.check import (
    check_collection,
    check_derived,
    check_files,
    collection_after,
)
from flows.night.handover.lives import check_lives
from flows.night.handover.model import Handover, Observed
from flows.night.handover.observed import outcome_of, source_run
from flows.night.handover.unpack import Tables
from flows.night.plan.source_changes import describe_changes
from flows.night.settle import Settled, settle, settled_as
from flows.night.source_run import SourceRun
from flows.night.stood import Stood
from flows.proposal import plan as proposals
from flows.proposal.changes import SourceChange
from flows.proposal.disagreements import all_conflicts
from flows.proposal.proposal import Collection, Proposal

MAX_AGE = dt.timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Base:
    """What the process that writes knows by itself.

    Attributes:
        config: The configuration, with what people answered.
        written: The collection as it is committed.
        decisions: New text of `config/decisions.toml`, where people answered.
        committed_decisions: The text of that file as it is committed.
        stood: What the open proposal holds.
    """

    config: Config
    written: State
    decisions: str | None
    committed_decisions: str = ""
    stood: Stood | None = None


def rebuild(
    handover: Handover, tables: Tables | None, base: Base, now: dt.datetime
) -> tuple[tuple[SourceChange, ...], Proposal | None]:
    """Return what happened to each source, and the proposal.

    Args:
        handover: What is handed over.
        tables: What it proposes.
        base: What this process knows by itself.
        now: The time.

    Raises:
        HandoverError: No night of this collection could have come to this; nothing was written.
    """
    if not -MAX_AGE < now - handover.now < MAX_AGE:
        raise refused(f"it was computed at {handover.now.isoformat()}")
    if tables is None:
        settled = settle(base.written, base.config.sources)
        return _changes(handover, base, settled, _same(settled.base)), None
    known = {source.name for source in base.config.sources}
    check_files(tables, known | set(base.written.described))
    renamed = check_lives(tables, base.config, base.written)
    settled = settled_as(base.written, base.config.sources, renamed)
    after = collection_after(tables, base.written)
    check_collection(after, base.config, base.written)
    decided = decisions_file.renamed_in(base.config.decisions, renamed)
    check_derived(after, settled.base, base.config, decided, tables.date)
    decisions = _decisions(tables, base, renamed)
    rows = [row for some in after.records.values() for row in some]
    changes = _changes(handover, base, settled, after, answered=decisions)
    return changes, proposals.plan(
        settled.base,
        after,
        base.config.sources,
        changes,
        tables.date,
        decisions=decisions,
        ignore_days=base.config.policy.ignore_days,
        pictures=tables.pictures,
        written=settled.written,
        disputed=all_conflicts(
            rows, after.pairs, base.config.sources, base.config.decisions.finding
        ),
        sizes=base.config.policy.manifest.sizes,
    )


def _same(before: State) -> Collection:
    return Collection(
        before.records,
        before.described,
        before.pairs,
        before.problems,
        before.ledger,
        before.volumes,
    )


def _decisions(tables: Tables, base: Base, renamed: Mapping[str, str]) -> str | None:
    """Return the decisions that are proposed: what people took, as this process heard it."""
    answered = base.decisions if base.decisions is not None else base.committed_decisions
    named = decisions_file.renamed(answered, renamed)
    wanted = named if base.decisions is not None or named != answered else None
    if tables.files.get(state.DECISIONS) != (wanted.encode() if wanted is not None else None):
        raise refused(
            "it holds other decisions than people took. Somebody answered meanwhile; the next "
            "night hears it"
        )
    return wanted


def _changes(
    handover: Handover,
    base: Base,
    settled: Settled,
    after: Collection,
    *,
    answered: str | None = None,
) -> tuple[SourceChange, ...]:
    observed = {one.source: one for one in handover.observed}
    if len(observed) != len(handover.observed):
        raise refused("it speaks of a source twice")
    sources = {source.name: source for source in base.config.sources}
    if odd := sorted(observed.keys() - sources.keys()):
        raise refused(f"there is no source {odd[0]!r}")
    decided = decisions_file.renamed_in(base.config.decisions, settled.renamed)
    config = base.config.model_copy(update={"decisions": decided})
    visited = tuple(sources[name] for name in observed)
    nowhere = Path("/nonexistent")  # nothing is read from an upstream here
    context = RunContext(
        config, settled.base, nowhere, visited, answered, settled=settled, stood=base.stood
    )
    asked = [SourceRun(sources[name], outcome_of(one)) for name, one in observed.items()]
    stays = carried(context, asked)
    begun = overlaid(settled.base, stays)
    for name in sources.keys() - observed.keys() | stays.since.keys():
        _check_unvisited(name, begun, after)
    runs = [
        one if one.source.name in stays.since else _run(observed[one.source.name], context, after)
        for one in asked
    ]
    return describe_changes(context, runs, after)


def _run(observed: Observed, context: RunContext, after: Collection) -> SourceRun:
    source = context.config.source(observed.source)
    before: Sequence[Record] = context.records(source)
    return source_run(observed, source, before, after.records.get(source.name, ()))


def _check_unvisited(name: str, before: State, after: Collection) -> None:
    """Refuse news of a source that was not visited, over what the open proposal has of it."""
    old, new = before.described.get(name), after.described.get(name)
    rows = [
        {(row.path, row.blob) for row in records.get(name, ())}
        for records in (before.records, after.records)
    ]
    # A source that was visited may have copies of volumes of this one.
    own = [some.of([name]) for some in (before.volumes, after.volumes)]
    volumes = [replace(some, pairs=()) for some in own]
    if old != new or rows[0] != rows[1] or volumes[0] != volumes[1]:
        raise refused(f"it has news of {name}, and says that {name} was not visited")
