"""`python -m flows watch`: say when the last good night is too long ago."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.exits import Exit, handle_errors
from flows.cli.options import InCheckout
from flows.collection.checkout import Checkout
from flows.config import load
from flows.forge.github.connect import connect
from flows.forge.github.nights import last_good
from flows.forge.health import Health, SourceHealth
from flows.reporting import webhook

NIGHTS = "(the nights)"


def watch(
    workflow: Annotated[
        str, typer.Option(help="File name of the workflow that runs the nights.")
    ] = "nightly.yml",
    checkout: InCheckout = Path(),
) -> None:
    """Find when the last good night was on GitHub Actions, and update the status issue.

    Exit codes: 0 it was lately, 1 it is too long ago, 2 usage or configuration, 3 unexpected.
    """
    with handle_errors():
        policy = load.load(checkout.resolve() / "config").policy
        forge = connect(Checkout(checkout.resolve()), policy)
        now = dt.datetime.now(dt.UTC)
        seen = actions_health(last_good(forge, workflow), now, policy.alarm_days)
        where = forge.update_status(Health(date=now.date(), headline=seen.says, sources=(seen,)))
    typer.echo(f"{seen.says}.")
    if seen.stale:
        trouble = webhook.send(f"covid19-images: {seen.says}. {where or ''}")
        for line in filter(None, (where and f"See {where}", trouble)):
            typer.echo(line)
    raise typer.Exit(Exit.INCOMPLETE if seen.stale else Exit.DONE)


def actions_health(last: dt.datetime | None, now: dt.datetime, most_days: int) -> SourceHealth:
    """Return the health of the nightly runs, as one more thing that may need a person.

    Args:
        last: When the last good night began.
        now: The time.
        most_days: How long ago it may be.
    """
    late = last is None or now - last > dt.timedelta(days=most_days)
    when = "There was no good night yet" if last is None else f"The last good night was {last:%F}"
    return SourceHealth(
        source=NIGHTS, outcome="Late" if late else "OnTime", says=when, images=0, stale=late
    )
