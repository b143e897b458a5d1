"""`python -m flows acknowledge`: take up a `/sync` command as soon as it is written."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.exits import handle_errors
from flows.cli.options import InCheckout
from flows.collection.checkout import Checkout
from flows.config import load
from flows.forge import registry
from flows.orchestration.secrets import stored_secret


def acknowledge(
    number: Annotated[int, typer.Argument(help="The pull request that was commented on.")],
    comment: Annotated[int, typer.Argument(help="The comment's id.")],
    workflow: Annotated[
        str, typer.Option(help="File name of the workflow that runs the nights.")
    ] = "nightly.yml",
    checkout: InCheckout = Path(),
) -> None:
    """Show under a comment that its command was seen, and start a night that carries it out.

    Only for people who may write, and only under the bot's open proposal. Exit codes: 0 done or
    nothing to do, 1 GitHub refuses it, 2 usage or configuration.
    """
    with handle_errors():
        folder = checkout.resolve()
        policy = load.load(folder / "config").policy
        forge = registry.connect(Checkout(folder), policy, stored=stored_secret)
        typer.echo(registry.take_up(forge, number, comment, workflow))
