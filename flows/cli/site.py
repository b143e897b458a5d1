"""`python -m flows site`: build the static site."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.exits import Exit, handle_errors
from flows.cli.options import InCheckout
from flows.collection.checkout import Checkout
from flows.config import load
from flows.site.build import build, collect
from flows.site.write import SiteError, write
from flows.text.escape import log_line
from flows.text.plural import plural


def site(
    to: Annotated[Path, typer.Option(help="Where the site is written.")] = Path("site"),
    checkout: InCheckout = Path(),
) -> None:
    """Build the site: a catalogue of all pictures, a page for each, and the sources.

    It shows what is on the branch that proposals stand on. Only files that differ are written.

    Exit codes: 0 done, 2 usage or configuration.
    """
    folder = checkout.resolve()
    with handle_errors():
        config = load.load(folder / "config")
        opened = Checkout(folder)
        state = opened.state(opened.base(config.policy.base))
        try:
            done = write(to.resolve(), build(collect(state, config)))
        except SiteError as error:
            typer.echo(log_line(f"error: {error}"), err=True)
            raise typer.Exit(Exit.USAGE) from None
    said = f"{done.unchanged:,} unchanged, {done.removed:,} removed"
    typer.echo(log_line(f"{to / 'index.html'}: {plural(done.written, 'files')} written, {said}"))
