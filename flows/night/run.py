"""Run one night: observe, scan, read, describe, compare, plan, apply.

Each stage is a plain function in a module of its own name; the last one, apply, is the forge's.
`flows.orchestration.night_flow` runs the same night with its stages as Prefect tasks.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from git.objects import Commit

from flows.collection.checkout import Checkout
from flows.collection.state import State
from flows.config.load import Config, deciding
from flows.forge import Applied, Feedback, Forge
from flows.forge.health import Health, health
from flows.night import worked_out
from flows.night.context import RunContext
from flows.night.describe import describe
from flows.night.each import Each, in_threads
from flows.night.lives import settled, with_identities
from flows.night.masks import list_masks
from flows.night.net import netted, without_culprits
from flows.night.observe import observe
from flows.night.plan.stage import plan
from flows.night.read import read
from flows.night.scan import scan
from flows.night.settle import settle
from flows.night.source_run import SourceRun
from flows.night.stood import stood
from flows.night.volumes import measure
from flows.night.worked_out import WorkedOut
from flows.proposal.changes import SourceChange, headline
from flows.proposal.proposal import Proposal
from flows.text.plural import plural


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a night.

    Attributes:
        changes: What happened to each source visited.
        proposal: What is proposed, if anything.
        applied: What the forge did.
    """

    changes: tuple[SourceChange, ...]
    proposal: Proposal | None
    applied: Applied

    @property
    def headline(self) -> str:
        """Return the night's changes in one sentence."""
        return headline(self.changes)

    def health(self, date: dt.date) -> Health:
        """Return the health of every source after the night of a UTC date."""
        return health(self.changes, date)


def run(
    context: RunContext,
    base: Commit,
    forge: Forge,
    now: dt.datetime,
    *,
    each: Each = in_threads,
    say: Callable[[str], None] = lambda _: None,
) -> Report:
    """Run the stages of a night in their order.

    Args:
        context: Configuration, base state and cache paths.
        base: The commit proposals stand on.
        forge: Where the proposal goes.
        now: The time, for the commit's date.
        each: How a stage is run for several sources.
        say: Called with progress messages, for people who wait.
    """
    sources = {source.name: source for source in context.sources}
    say(f"Looking at {plural(len(sources), 'upstreams')}")
    runs = _observe(context, list(sources), now, each=each)
    context, anew = with_identities(context, runs, base)
    runs |= _observe(context, anew, now, each=each)
    moved = [name for name, one in runs.items() if one.tip]
    if moved:
        say(f"Fetching the history of {plural(len(moved), 'sources')}")
        fetch = netted(context, lambda name: scan(context, runs[name], now.date()))
        scanned = each("scan", fetch, moved)
        runs |= zip(moved, scanned, strict=True)
        _read_and_describe(context, runs, moved, each=each, say=say)
        say("Comparing all pictures")
    changes, proposal = without_culprits(
        lambda some: plan(context, some, say=say), list(runs.values())
    )
    say("Laying out the proposal" if proposal else "Nothing to propose")
    [applied] = each("apply", lambda _: forge.apply(proposal, base, now), ["proposal"])
    return Report(changes, proposal, applied)


def _observe(
    context: RunContext, names: Sequence[str], now: dt.datetime, *, each: Each
) -> dict[str, SourceRun]:
    sources = {source.name: source for source in context.sources}
    ask = netted(context, lambda name: observe(context, sources[name], now.date()))
    observed = each("observe", ask, list(names)) if names else []
    return {one.source.name: one for one in observed}


def _read_and_describe(
    context: RunContext,
    runs: dict[str, SourceRun],
    moved: Sequence[str],
    *,
    each: Each,
    say: Callable[[str], None],
) -> None:
    """Read and describe one source after the other: each uses all cores."""

    def step(name: str) -> SourceRun:
        described = describe(context, read(context, runs[name]))
        return list_masks(context, measure(context, described))

    for name in moved:
        if scanned := runs[name].scan:
            say(f"Reading {name}: {len(scanned.images):,} images")
            [runs[name]] = each("read", netted(context, step), [name])


def open_run(
    checkout: Checkout,
    config: Config,
    cache: Path,
    only: Sequence[str] = (),
    feedback: Feedback = Feedback(),  # noqa: B008  frozen
) -> tuple[RunContext, Commit]:
    """Read the base and choose the sources to visit; all of them unless some are named.

    Args:
        checkout: The clone of the collection.
        config: The bot's configuration.
        cache: Folder for clones and decoded blobs.
        only: Names of the sources to visit.
        feedback: What people answered on the forge.

    Raises:
        ConfigError: When a source named is not configured.
        CheckoutError: When the base cannot be read.
    """
    base = feedback.base or checkout.base(config.policy.base)
    if feedback.decisions is not None:
        config = deciding(config, feedback.decisions)
    sources = tuple(map(config.source, only)) if only else config.sources

    def known(commit: Commit) -> WorkedOut:
        return worked_out.known(cache, checkout.tables(commit), config)

    def opened(commit: Commit) -> State:  # what a night wrote need not be checked again
        return checkout.state(commit, on_demand=known(commit).is_known)

    written = opened(base)
    context = RunContext(
        config,
        written,
        cache,
        sources,
        feedback.decisions,
        feedback.notes,
        stood=stood(feedback.proposed, opened),
        worked_out=known(base),
    )
    return settled(context, settle(written, config.sources), base), base
