"""`python -m flows doctor`: check what a night needs of this machine."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.checks import examine
from flows.cli.exits import Exit, handle_errors
from flows.cli.options import InCheckout, ToForge
from flows.config import load
from flows.forge.registry import choose
from flows.text.escape import log_line


def doctor(
    forge: ToForge = None,
    checkout: InCheckout = Path(),
    cache: Annotated[Path | None, typer.Option(help="Where clones are kept.")] = None,
) -> None:
    """Check git, configuration, token, disk, clock and upstreams; say what to do about each.

    Exit codes: 0 nights work, 1 something keeps them from it, 2 usage or configuration.
    """
    folder = checkout.resolve()
    place = cache.absolute() if cache else folder / ".cache"
    bad = False
    with handle_errors():
        config = choose(load.load(folder / "config"), forge)
        for one in examine(folder, place, config, dt.datetime.now(dt.UTC)):
            do = f" {one.do}" if one.do else ""
            typer.echo(log_line(f"{one.state:<4}  {one.what}: {one.says}.{do}".replace("..", ".")))
            bad = bad or one.state == "bad"
    raise typer.Exit(Exit.INCOMPLETE if bad else Exit.DONE)
