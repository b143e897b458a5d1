"""`python -m flows status`: how every source is, and when the next night runs."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.exits import Exit, handle_errors
from flows.cli.options import InCache, InCheckout
from flows.collection.checkout import Checkout
from flows.config import load
from flows.config.schedule import NIGHTLY, WEEKLY
from flows.config.source import Source
from flows.night.context import RunContext
from flows.night.observe import observe
from flows.night.run import open_run
from flows.text.escape import log_line
from flows.text.plural import plural
from flows.upstream.outcome import Failure, Outcome, describe


def status(
    offline: Annotated[bool, typer.Option(help="Ask no upstream.")] = False,
    checkout: InCheckout = Path(),
    cache: InCache = None,
) -> None:
    """Show every source: pinned commit, age of its newest image, what its upstream does now.

    Exit codes: 0 all upstreams answer, 1 one does not, 2 usage or configuration.
    """
    folder, now = checkout.resolve(), dt.datetime.now(dt.UTC)
    with handle_errors():
        config = load.load(folder / "config")
        place = cache.resolve() if cache else folder / ".cache"
        context, _ = open_run(Checkout(folder), config, place)
        outcomes = {} if offline else _ask(context, now.date())
    width = max(len(source.name) for source in context.sources)
    for source in context.sources:
        outcome = outcomes.get(source.name)
        said = line(context, source, outcome, now.date())
        typer.echo(log_line(f"{source.name:<{width}}  {said}"))
    typer.echo("")
    typer.echo(f"Next night   {NIGHTLY.after(now):%F %H:%M} UTC")
    typer.echo(f"Next release {WEEKLY.after(now):%F %H:%M} UTC")
    trouble = any(isinstance(outcome, Failure) for outcome in outcomes.values())
    raise typer.Exit(Exit.INCOMPLETE if trouble else Exit.DONE)


def _ask(context: RunContext, today: dt.date) -> dict[str, Outcome]:
    with ThreadPoolExecutor(max_workers=8) as threads:
        runs = threads.map(lambda source: observe(context, source, today), context.sources)
        return {source_run.source.name: source_run.outcome for source_run in runs}


def line(context: RunContext, source: Source, outcome: Outcome | None, today: dt.date) -> str:
    """Format the status of one source.

    Args:
        context: Configuration, base state and cache paths.
        source: The source.
        outcome: What its upstream does, where it was asked.
        today: The UTC date.
    """
    row, records = context.base.described.get(source.name), context.records(source)
    if row is None:
        text = "not imported yet"
    else:
        there = [record for record in records if record.status != "withdrawn"]
        days = [day for record in there if (day := record.last_changed or record.first_seen)]
        age = f", newest {(today - max(days)).days:,} days old" if days else ""
        text = f"{row.commit[:7]}  {plural(len(there), 'images')}{age}"
    return f"{text}  {describe(outcome)}" if outcome else text
