"""Stage 1, observe: ask each source's upstream where its branch is, and whose repository it is."""

import datetime as dt
from dataclasses import replace

from covid19_images.images.fingerprint import ALGORITHM_VERSION
from flows.config.decisions import Pin
from flows.config.source import Source
from flows.forge.registry import secret_here
from flows.night.context import RunContext
from flows.night.source_run import SourceRun
from flows.text.links import repository_at
from flows.upstream import observe as upstream
from flows.upstream.identity import Identity, Unknown, ask, differs
from flows.upstream.observe import Tip
from flows.upstream.outcome import Advanced, Ignored, Pinned, Quarantined, Unchanged, Unreachable


def observe(context: RunContext, source: Source, today: dt.date) -> SourceRun:
    """Ask a source's upstream where it is, unless people want it left alone."""
    if until := context.config.decisions.ignored_until(source.name, today):
        return SourceRun(source, Ignored(until))
    if pin := context.config.decisions.pinned(source.name):
        return _pinned(context, source, pin)
    policy = context.config.policy
    seen = upstream.observe(
        source.url, source.branch, protocols=policy.protocols, hosts=policy.hosts
    )
    if not isinstance(seen, Tip):
        return SourceRun(source, seen)
    row = context.base.described.get(source.name)
    still = row is not None and row.commit == seen.commit and row.algorithm == ALGORITHM_VERSION
    current = context.up_to_date(source) and context.refusals_stand(source)
    current = current and context.volumes_stand(source)
    if still and current and context.base.pins.get(source.name) == seen.commit:
        return SourceRun(source, Unchanged(seen.commit))
    outcome = Unchanged(seen.commit) if still else Advanced(None, seen.commit)
    return identify(context, SourceRun(source, outcome, seen))


def _pinned(context: RunContext, source: Source, pin: Pin) -> SourceRun:
    """Stay at a commit; its upstream is asked only where that commit must be described."""
    outcome, row = Pinned(pin.commit, pin.by), context.base.described.get(source.name)
    there = row is not None and row.commit == context.base.pins.get(source.name) == pin.commit
    if there and context.up_to_date(source) and context.described_now(source):
        return SourceRun(source, outcome)
    policy = context.config.policy
    seen = upstream.observe(
        source.url, source.branch, protocols=policy.protocols, hosts=policy.hosts
    )
    if not isinstance(seen, Tip):
        return SourceRun(source, seen)
    # A commit that was described before is what it is, whoever has it now.
    known = _known_identity(context, source)
    return SourceRun(source, outcome, replace(seen, commit=pin.commit), identity=known)


def identify(context: RunContext, source_run: SourceRun) -> SourceRun:
    """Make sure that what moved is still the repository that was taken in before.

    A commit that is known is what it is, whoever has it; only news need to be trusted.
    """
    source = source_run.source
    now = whose(context, source)
    known = _known_identity(context, source)
    if isinstance(now, Unknown):
        if known is None:
            return source_run
        reason = f"{now.reason}, so nobody knows whether it is still the same repository"
        return SourceRun(source, Unreachable(reason))
    if now is not None and known is not None and (how := differs(known, now)):
        return SourceRun(source, Quarantined(f"its address leads to {how}; {_ACCEPT.format(now)}"))
    return replace(source_run, identity=now)


def whose(context: RunContext, source: Source) -> Identity | Unknown | None:
    """Return whose repository a source's upstream is; `None` where it is not on GitHub."""
    repository = repository_at(source.url, context.github_server)
    if repository is None:
        return None
    return ask(repository.name, api=context.github_api, secret=secret_here())


_ACCEPT = (
    "nothing was taken in. If that is right, put identity = {{ repository = {0.repository}, "
    "owner = {0.owner} }} in its TOML"
)


def _known_identity(context: RunContext, source: Source) -> Identity | None:
    if source.identity:
        return Identity(source.identity.repository, source.identity.owner)
    row = context.base.described.get(source.name)
    if row is None or row.repository is None or row.owner is None:
        return None
    return Identity(row.repository, row.owner)
