"""`python -m flows watch`: say when the last good night is too long ago, and what waits."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.exits import Exit, handle_errors
from flows.cli.options import InCheckout
from flows.collection.checkout import Checkout
from flows.config import load
from flows.forge import registry
from flows.forge.health import Health, SourceHealth
from flows.night.reporting import webhook
from flows.orchestration.secrets import stored_secret

NIGHTS, RELEASES = "(the nights)", "(the releases)"


def watch(
    workflow: Annotated[
        str, typer.Option(help="File name of the workflow that runs the nights.")
    ] = "nightly.yml",
    releases: Annotated[
        str, typer.Option(help="File name of the workflow that makes releases.")
    ] = "release.yml",
    checkout: InCheckout = Path(),
) -> None:
    """Report when the last good night was on GitHub Actions and whether a release waits.

    Exit codes: 0 it was lately, 1 it is too long ago, 2 usage or configuration, 3 unexpected.
    """
    with handle_errors():
        policy = load.load(checkout.resolve() / "config").policy
        forge = registry.connect(Checkout(checkout.resolve()), policy, stored=stored_secret)
        now = dt.datetime.now(dt.UTC)
        nights = actions_health(registry.last_good(forge, workflow), now, policy.alarm_days)
        release = approval(registry.waiting_since(forge, releases))
        seen = (nights, release)
        where = forge.update_status(Health(date=now.date(), headline=nights.says, sources=seen))
    typer.echo("".join(f"{one.says}.\n" for one in seen), nl=False)
    if late := [one.says for one in seen if one.stale]:
        problem = webhook.send(f"covid19-images: {'. '.join(late)}. {where or ''}")
        for line in filter(None, (where and f"See {where}", problem)):
            typer.echo(line)
    raise typer.Exit(Exit.INCOMPLETE if nights.stale else Exit.DONE)


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


def approval(since: dt.datetime | None) -> SourceHealth:
    """Return the health of the releases: whether one waits for a person.

    Args:
        since: When the run that waits began, where one does.
    """
    says = "No release waits" if since is None else f"A release waits for approval since {since:%F}"
    return SourceHealth(
        source=RELEASES,
        outcome="Waiting" if since else "OnTime",
        says=says,
        images=0,
        stale=since is not None,
    )
