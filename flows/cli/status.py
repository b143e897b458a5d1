"""`python -m flows status`: how every source is, and when the next night runs."""

import datetime as dt
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import typer

from covid19_images.manifest.document import document
from covid19_images.manifest.record import Record
from flows.cli.exits import Exit, handle_errors
from flows.cli.options import AsJson, InCache, InCheckout
from flows.collection.checkout import Checkout
from flows.config import load
from flows.config.schedule import NIGHTLY, WEEKLY
from flows.config.source import Source
from flows.night.context import RunContext
from flows.night.observe import observe
from flows.night.run import open_run
from flows.proposal.outcomes import describe
from flows.text.escape import log_line
from flows.text.plural import plural
from flows.upstream.outcome import Failure, Outcome, Pinned


def status(
    offline: Annotated[bool, typer.Option(help="Ask no upstream.")] = False,
    as_json: AsJson = False,
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
        outcomes = _pins(context) if offline else _ask(context, now.date())
    if as_json:
        typer.echo(document(values(context, outcomes, now), indent=2))
    else:
        _print(context, outcomes, now)
    trouble = any(isinstance(outcome, Failure) for outcome in outcomes.values())
    raise typer.Exit(Exit.INCOMPLETE if trouble else Exit.DONE)


def _pins(context: RunContext) -> dict[str, Outcome]:
    """Return what is known without asking: the sources that people keep at a commit."""
    pins = (context.config.decisions.pinned(source.name) for source in context.sources)
    return {pin.source: Pinned(pin.commit, pin.by) for pin in pins if pin}


def _print(context: RunContext, outcomes: Mapping[str, Outcome], now: dt.datetime) -> None:
    width = max(len(source.name) for source in context.sources)
    for source in context.sources:
        outcome = outcomes.get(source.name)
        text = line(context, source, outcome, now.date())
        typer.echo(log_line(f"{source.name:<{width}}  {text}"))
    for text in unconfigured(context):
        typer.echo(log_line(text))
    typer.echo("")
    typer.echo(f"Next night   {NIGHTLY.after(now):%F %H:%M} UTC")
    typer.echo(f"Next release {WEEKLY.after(now):%F %H:%M} UTC")


def values(
    context: RunContext, outcomes: Mapping[str, Outcome], now: dt.datetime
) -> Mapping[str, Any]:
    """Return the status of every source for programs.

    Args:
        context: Configuration, base state and cache paths.
        outcomes: What each upstream does, where it was asked.
        now: The time.
    """
    return {
        "sources": [
            _source(context, source, outcomes.get(source.name)) for source in context.sources
        ],
        "no_longer_configured": list(context.settled.retired) if context.settled else [],
        "next_night": NIGHTLY.after(now).isoformat(),
        "next_release": WEEKLY.after(now).isoformat(),
    }


def unconfigured(context: RunContext) -> list[str]:
    """Return a line for each source that is in the collection and configured no longer.

    Args:
        context: Configuration, base state and cache paths.
    """
    lines = []
    for name in context.settled.retired if context.settled else ():
        rows = context.written.records.get(name, ())
        images = plural(sum(row.status != "withdrawn" for row in rows), "images")
        lines.append(f"{name}  no longer configured; the next night withdraws its {images}")
    return lines


def _source(context: RunContext, source: Source, outcome: Outcome | None) -> Mapping[str, Any]:
    row = context.base.described.get(source.name)
    return {
        "source": source.name,
        "url": source.url,
        "commit": row.commit if row else None,
        "images": len(_there(context, source)),
        "newest": _newest(context, source),
        "outcome": type(outcome).__name__ if outcome else None,
        "says": describe(outcome) if outcome else None,
        "failed": isinstance(outcome, Failure),
    }


def _there(context: RunContext, source: Source) -> list[Record]:
    return [record for record in context.records(source) if record.status != "withdrawn"]


def _newest(context: RunContext, source: Source) -> dt.date | None:
    there = _there(context, source)
    days = (day for record in there if (day := record.last_changed or record.first_seen))
    return max(days, default=None)


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
    row = context.base.described.get(source.name)
    if row is None:
        text = "not imported yet"
    else:
        there, newest = _there(context, source), _newest(context, source)
        age = f", newest {(today - newest).days:,} days old" if newest else ""
        text = f"{row.commit[:7]}  {plural(len(there), 'images')}{age}"
    if context.settled and (formerly := context.settled.formerly(source.name)):
        text = f"{text}  called {formerly} before"
    return f"{text}  {describe(outcome)}" if outcome else text
