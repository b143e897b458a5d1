"""The bot's command line: `python -m flows`."""

import datetime as dt
import json
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import filelock
import typer
from rich.console import Console

from flows import config
from flows.checkout import Checkout, CheckoutError
from flows.config import Config, ConfigError
from flows.engine import EngineError, prefect_server
from flows.forge import Forge
from flows.forge.dry_run import DryRun
from flows.forge.folder import FolderForge
from flows.night import Report, open_night, run
from flows.proposal.changes import SourceChange, plural
from flows.upstream.outcome import Rewritten, Trouble, describe

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
    report = _guarded(folder, cache or folder / ".cache", source or (), dry_run, direct, as_json)
    typer.echo(_as_json(report) if as_json else "\n".join(_lines(report)))
    raise typer.Exit(Exit.TROUBLE if any(map(_stale, report.changes)) else Exit.DONE)


def _guarded(
    folder: Path, cache: Path, only: Sequence[str], dry_run: bool, direct: bool, as_json: bool
) -> Report:
    try:
        told = config.load(folder / "config")
        opened = Checkout(folder)
        forge = DryRun() if dry_run else _forge(opened, told)
        cache.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(cache / "night.lock", timeout=0):
            return _night(opened, told, forge, cache, only, direct=direct, quiet=as_json)
    except (ConfigError, CheckoutError, EngineError) as error:
        typer.echo(f"error: {error}", err=True)
    except filelock.Timeout:
        typer.echo(
            f"error: Another night is running on this machine (it holds {cache / 'night.lock'}). "
            "Nothing was changed. Wait for it to end.",
            err=True,
        )
    raise typer.Exit(Exit.USAGE)


def _forge(checkout: Checkout, told: Config) -> Forge:
    policy = told.policy
    folder = checkout.folder / policy.forge.folder
    return FolderForge(checkout, folder, policy.branch, push=policy.forge.push)


def _night(
    checkout: Checkout, told: Config, forge: Forge, cache: Path, only: Sequence[str],
    *, direct: bool, quiet: bool,
) -> Report:  # fmt: skip
    night, base = open_night(checkout, told, cache, only)
    now = dt.datetime.now(dt.UTC)
    with progress(quiet=quiet) as say:
        if direct:
            return run(night, base, forge, now, say=say)
        say("Starting Prefect")
        with prefect_server(cache / "prefect"):
            from flows.sync import sync as run_flow  # noqa: PLC0415  reads its settings on import

            return run_flow(night, base, forge, now, say)


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


def _stale(change: SourceChange) -> bool:
    """Tell whether a source needs a person: it did not answer, or something in it was refused."""
    refused = any(record.status == "refused" for record in change.added)
    return isinstance(change.outcome, Trouble | Rewritten) or refused


def _lines(report: Report) -> list[str]:
    width = max((len(change.source.name) for change in report.changes), default=0)
    lines = [f"{change.source.name:<{width}}  {_line(change)}" for change in report.changes]
    lines += ["", f"{report.headline}.", report.applied.message]
    if report.applied.where:
        lines.append(f"See {report.applied.where}")
    return lines


def _line(change: SourceChange) -> str:
    counts = [plural(n, words) for words, n in change.counts().items() if n]
    said = f"{describe(change.outcome)} ({change.images:,} images)"
    if change.problems:
        counts.append(f"{plural(len(change.problems), 'problems')} to look at")
    return f"{said}: {', '.join(counts)}" if counts else said


def _as_json(report: Report) -> str:
    sources = [
        {
            "source": change.source.name,
            "outcome": type(change.outcome).__name__,
            "says": describe(change.outcome),
            "old": change.old,
            "new": change.new,
            "images": change.images,
            **{words.replace(" ", "_"): n for words, n in change.counts().items()},
            "problems": len(change.problems),
            "held": change.held,
        }
        for change in report.changes
    ]
    applied = {"action": report.applied.action, "where": report.applied.where}
    return json.dumps(
        {"headline": report.headline, "sources": sources, "applied": applied}, indent=2
    )


def main() -> None:
    """Run the command line; what nobody expected ends with its traceback and exit code 3."""
    try:
        app()
    except Exception:  # noqa: BLE001  the outermost edge: exit code 3 is promised for it
        traceback.print_exc()
        sys.exit(Exit.UNEXPECTED)
