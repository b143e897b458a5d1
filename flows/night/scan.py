"""Stage 2, scan: fetch what moved, and list what the upstream's tree holds now."""

import datetime as dt
from dataclasses import replace

from flows.config.source import Source
from flows.night import cooldown, listing
from flows.night.context import RunContext
from flows.night.source_run import SourceRun
from flows.upstream import git, history
from flows.upstream.advance import advance
from flows.upstream.clone import Clone
from flows.upstream.observe import Tip, trouble_of
from flows.upstream.outcome import (
    Advanced,
    Moved,
    Outcome,
    Pinned,
    Rejected,
    Renamed,
    Unchanged,
    Unreachable,
    Waiting,
)


def scan(context: RunContext, source_run: SourceRun, today: dt.date) -> SourceRun:
    """Fetch what moved, and see what it holds now."""
    source, tip = source_run.source, source_run.tip
    if tip is None:
        return source_run
    clone = context.clone(source)
    if isinstance(source_run.outcome, Pinned):
        outcome: Outcome = _reach(source_run.outcome, clone, tip)
    else:
        outcome = _advance(context, source, clone, tip)
    if isinstance(outcome, Rejected | Unreachable):
        return SourceRun(source, outcome)
    row = context.base.described.get(source.name)
    old = row.commit if row else None
    try:
        if isinstance(outcome, Advanced | Renamed) and context.cooldown_days(source):
            return _cooled(context, SourceRun(source, outcome, tip), clone, today)
        found = clone.mending(
            lambda: listing.scan(source, clone, old, tip.commit, context.records(source)),
            lambda fresh: fresh.fetch(tip),
        )
    except git.GitError as error:
        return SourceRun(source, trouble_of(error))
    return replace(source_run, outcome=outcome, scan=found)


def _reach(pinned: Pinned, clone: Clone, tip: Tip) -> Pinned | Rejected:
    """Fetch the commit that a source is pinned at."""
    try:
        clone.fetch(tip)
    except git.GitError:
        reason = f"it is pinned at {pinned.commit}, which cannot be fetched from it"
        return Rejected(reason)
    return pinned


def _cooled(context: RunContext, source_run: SourceRun, clone: Clone, today: dt.date) -> SourceRun:
    """List what a source had when it was old enough, less what is gone since."""
    source, tip, records = source_run.source, source_run.tip, context.records(source_run.source)
    assert tip is not None
    row, days = context.base.described.get(source.name), context.cooldown_days(source)
    pin = row.commit if row else None
    latest = today - dt.timedelta(days=days)
    new = cooldown.newest_old_enough(clone.folder, pin, tip.commit, latest)
    contents = cooldown.contents_of(clone.folder, tip.commit)
    waiting = Waiting(tip.commit, days)
    anew = pin is not None and not (context.up_to_date(source) and context.described_now(source))
    commit = new or (pin if anew or cooldown.gone(contents, records) else None)
    if commit is None:
        return SourceRun(source, waiting)
    found = listing.scan(source, clone, pin, commit, records)
    date = history.date_of(clone.folder, tip.commit)
    found = cooldown.without_gone(found, contents, records, date)
    tip = replace(tip, commit=commit)
    if new is None:
        return SourceRun(source, waiting, tip, found)
    moved = Renamed(pin, new, tip.branch) if tip.renamed else Advanced(pin, new)
    return SourceRun(source, moved, tip, found)


def _advance(
    context: RunContext, source: Source, clone: Clone, tip: Tip
) -> Moved | Unchanged | Rejected | Unreachable:
    row = context.base.described.get(source.name)
    # Where nothing is described yet, no history that somebody pinned can have been rewritten.
    outcome = advance(clone, tip, row.commit if row else None)
    if isinstance(outcome, Advanced) and outcome.old == outcome.new:
        return Unchanged(tip.commit)
    return outcome
