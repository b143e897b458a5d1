"""Return the base that a run's configuration asks for; decisions name sources as they are now."""

from collections.abc import Mapping
from dataclasses import replace

from git.objects import Commit

from flows.collection import committed, state
from flows.forge import decisions_file
from flows.night.context import RunContext
from flows.night.settle import Settled, settle
from flows.night.source_run import SourceRun


def settled(context: RunContext, found: Settled, base: Commit) -> RunContext:
    """Return a context whose base and decisions name the sources as they are called now.

    Args:
        context: Configuration, committed state and cache paths.
        found: The base in line with the configuration.
        base: The commit that proposals stand on.
    """
    if not found.renamed and not found.retired:
        return context
    config, answered = context.config, context.answered
    before = answered if answered is not None else committed.text(base.tree, state.DECISIONS)
    after = decisions_file.renamed(before, found.renamed)
    decisions = decisions_file.renamed_in(config.decisions, found.renamed)
    return replace(
        context,
        base=found.base,
        settled=found,
        config=config.model_copy(update={"decisions": decisions}),
        answered=after if after != before else answered,
    )


def with_identities(
    context: RunContext, runs: Mapping[str, SourceRun], base: Commit
) -> tuple[RunContext, list[str]]:
    """Look for renamed sources once more, now that upstreams said whose repositories they are.

    Args:
        context: Configuration, base state and cache paths.
        runs: Every source that was asked.
        base: The commit that proposals stand on.

    Returns:
        The context, and the sources to ask again: they turned out to be known by another name.
    """
    identities = {name: run.identity for name, run in runs.items() if run.identity}
    before = context.settled
    if before is None or not before.retired or not identities:
        return context, []
    found = settle(context.written, context.config.sources, identities)
    known = set(before.renamed.values())
    anew = [name for name in found.renamed.values() if name in runs and name not in known]
    return (settled(context, found, base), anew) if anew else (context, [])
