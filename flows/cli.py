"""The bot's command line: `python -m flows`."""

import datetime as dt
import json
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import filelock
import git
import typer
from rich.console import Console

from flows import config, disk, report
from flows.checkout import Checkout, CheckoutError
from flows.compute import ComputeError
from flows.config import Config, ConfigError
from flows.engine import EngineError, prefect_server
from flows.forge import Forge
from flows.forge.dry_run import DryRun
from flows.forge.folder import FolderForge
from flows.forge.github.calls import ForgeError
from flows.forge.github.connect import connect
from flows.forge.github.token import NoTokenError
from flows.night import Report, open_night, run
from flows.stopping import prompt_end

if TYPE_CHECKING:
    from flows.publish.steps import Outcome

app = typer.Typer(
    help="Keep the collection: look at every upstream, and propose what changed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


class Exit(IntEnum):
    """What the exit code says."""

    DONE = 0
    TROUBLE = 1
    USAGE = 2
    UNEXPECTED = 3
    STOPPED = 130


@app.callback()
def _bot() -> None:
    """Keep the collection: look at every upstream, and propose what changed."""


@app.command()
def sync(
    source: Annotated[
        list[str] | None, typer.Option(help="Visit only this source; may be repeated.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option(help="Say what would be proposed; write nothing.")
    ] = False,
    direct: Annotated[bool, typer.Option(help="Run the same steps without Prefect.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    checkout: Annotated[Path, typer.Option(help="The clone of the collection.")] = Path(),
    cache: Annotated[
        Path | None, typer.Option(help="Where clones are kept; may be deleted at any time.")
    ] = None,
) -> None:
    """Look at every upstream, work out what is new, changed, gone or a copy, and propose it.

    Exit codes: 0 done or nothing to do, 1 finished with sources stale or refused, 2 usage or
    configuration, 3 unexpected.
    """
    folder = checkout.resolve()
    came = _guarded(folder, cache or folder / ".cache", source or (), dry_run, direct, as_json)
    typer.echo(report.as_json(came) if as_json else "\n".join(report.lines(came)))
    raise typer.Exit(Exit.TROUBLE if report.needs_a_person(came) else Exit.DONE)


@app.command()
def release(
    dry_run: Annotated[
        bool, typer.Option(help="Build the release in the cache; publish nothing.")
    ] = False,
    direct: Annotated[bool, typer.Option(help="Run the same steps without Prefect.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    checkout: Annotated[Path, typer.Option(help="The clone of the collection.")] = Path(),
    cache: Annotated[
        Path | None, typer.Option(help="Where clones are kept; may be deleted at any time.")
    ] = None,
) -> None:
    """Publish what the collection holds, unless the last release holds all of it.

    A run that was stopped is taken up where it stopped. Exit codes: 0 done or nothing to do, 1
    there is no release and why, 2 usage or configuration, 3 unexpected.
    """
    from flows.publish import ReleaseError  # noqa: PLC0415  only a release draws plots

    folder = checkout.resolve()
    cache = cache or folder / ".cache"
    try:
        with _alone(cache):
            came = _release(Checkout(folder), cache, dry_run=dry_run, direct=direct, quiet=as_json)
    except ReleaseError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(Exit.TROUBLE) from None
    typer.echo(json.dumps(asdict(came)) if as_json else "\n".join(came.lines()))


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo lives; emptied first.")] = Path(
        ".demo"
    ),
    direct: Annotated[bool, typer.Option(help="Run the same steps without Prefect.")] = False,
) -> None:
    """Make a synthetic world, run two nights in it, and show the proposal they lead to."""
    from flows.demo.show import show  # noqa: PLC0415  only the demo draws pictures

    with progress(quiet=False) as say:
        told = show(folder.resolve(), say, direct=direct)
    typer.echo("\n".join(told))


def _guarded(
    folder: Path, cache: Path, only: Sequence[str], dry_run: bool, direct: bool, as_json: bool
) -> Report:
    with _alone(cache):
        told = config.load(folder / "config")
        opened = Checkout(folder)
        forge = DryRun() if dry_run else _forge(opened, told)
        return _night(opened, told, forge, cache, only, direct=direct, quiet=as_json)


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Let nobody else work with the cache, and turn known trouble into a sentence and a code."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(cache / "night.lock", timeout=0), prompt_end():
            yield
            return
    except (ComputeError, ForgeError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(Exit.TROUBLE) from None
    except (OSError, sqlite3.Error, git.GitCommandError) as error:
        said = disk.trouble(error)
        if said is None:
            raise
        typer.echo(f"error: {said}", err=True)
        raise typer.Exit(Exit.TROUBLE) from None
    except (ConfigError, CheckoutError, EngineError, NoTokenError) as error:
        typer.echo(f"error: {error}", err=True)
    except filelock.Timeout:
        typer.echo(
            f"error: Another night is running on this machine (it holds {cache / 'night.lock'}). "
            "Nothing was changed. Wait for it to end.",
            err=True,
        )
    except KeyboardInterrupt:
        typer.echo("Stopped. The next run makes good what was begun.", err=True)
        raise typer.Exit(Exit.STOPPED) from None
    raise typer.Exit(Exit.USAGE)


def _forge(checkout: Checkout, told: Config) -> Forge:
    policy = told.policy
    if policy.forge.kind == "github":
        return connect(checkout, policy, told.sources)
    folder = checkout.folder / policy.forge.folder
    return FolderForge(checkout, folder, policy.branch, push=policy.forge.push)


def _night(
    checkout: Checkout, told: Config, forge: Forge, cache: Path, only: Sequence[str],
    *, direct: bool, quiet: bool,
) -> Report:  # fmt: skip
    now = dt.datetime.now(dt.UTC)
    night, base = open_night(checkout, told, cache, only, forge.listen(now.date()))
    with progress(quiet=quiet) as say:
        if direct:
            return run(night, base, forge, now, say=say)
        say("Starting Prefect")
        with prefect_server(cache / "prefect"):
            from flows import sync as flow  # noqa: PLC0415  Prefect reads its settings on import

            return flow.sync(night, base, forge, now, say=say)


def _release(
    checkout: Checkout, cache: Path, *, dry_run: bool, direct: bool, quiet: bool
) -> "Outcome":
    from flows.publish import steps  # noqa: PLC0415  only a release draws plots
    from flows.publish.where import publisher  # noqa: PLC0415

    told = config.load(checkout.folder / "config")
    night, _ = open_night(checkout, told, cache)
    place = publisher(told.policy, checkout.folder)
    now = dt.datetime.now(dt.UTC)
    with progress(quiet=quiet) as say:
        if direct:
            return steps.run(night, place, now, dry_run=dry_run, say=say)
        say("Starting Prefect")
        with prefect_server(cache / "prefect"):
            from flows import release as flow  # noqa: PLC0415  Prefect reads its settings on import

            return flow.release(night, place, now, dry_run=dry_run, say=say)


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show what is being done: one live line on a terminal, plain lines elsewhere."""
    console = Console(stderr=True, highlight=False)
    if quiet:
        yield lambda _: None
    elif console.is_terminal:
        with console.status("") as status:
            yield status.update
    else:
        yield lambda text: console.print(text, markup=False)


def main() -> None:
    """Run the command line; what nobody expected ends with its traceback and exit code 3."""
    try:
        app()
    except Exception:  # noqa: BLE001  the outermost edge: exit code 3 is promised for it
        traceback.print_exc()
        sys.exit(Exit.UNEXPECTED)
