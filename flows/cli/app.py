"""The bot's command line: `python -m flows`."""

import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from flows.cli import manifest, sources
from flows.cli.acknowledge import acknowledge
from flows.cli.check import check
from flows.cli.doctor import doctor
from flows.cli.exits import Exit, exclusive_lock, handle_errors, progress
from flows.cli.history import history_of
from flows.cli.options import AsJson, Direct, InCache, InCheckout, ToForge
from flows.cli.propose import propose
from flows.cli.release import release
from flows.cli.serve import serve
from flows.cli.site import site
from flows.cli.statements import statements_of
from flows.cli.status import status
from flows.cli.suspects import suspects_of
from flows.cli.watch import watch
from flows.cli.withdraw import withdraw
from flows.config.policy import ForgeKind
from flows.forge.deferred import Planned
from flows.night.handover.pack import pack
from flows.night.opened import Opened, open_all
from flows.night.reporting import actions, console, notify, webhook
from flows.night.run import Report
from flows.orchestration.secrets import stored_secret
from flows.orchestration.server import prefect_server

app = typer.Typer(
    help="Keep the collection: look at every upstream, and propose what changed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,  # a screen reader reads no frames, and lines break where they are full
)


@app.callback()
def _bot() -> None:
    """Keep the collection: look at every upstream, and propose what changed."""


@app.command()
def sync(
    source: Annotated[
        list[str] | None, typer.Option(help="Only this source; may be repeated.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option(help="Say what would be proposed; write nothing.")
    ] = False,
    plan: Annotated[
        Path | None,
        typer.Option(help="Write the proposal into this folder, for `propose` to write."),
    ] = None,
    forge: ToForge = None,
    direct: Direct = False,
    as_json: AsJson = False,
    checkout: InCheckout = Path(),
    cache: InCache = None,
) -> None:
    """Look at every upstream, work out what is new, changed, gone or a copy, and propose it.

    Exit codes: 0 done or nothing to do, 1 finished with sources stale or refused, 2 usage or
    configuration, 3 unexpected.
    """
    folder = checkout.resolve()
    cache = cache or folder / ".cache"
    asked = Asked(
        only=source or (), dry_run=dry_run, plan=plan, forge=forge, direct=direct, quiet=as_json
    )
    with exclusive_lock(cache):
        report, messages = _sync(folder, cache, asked)
    typer.echo(
        console.as_json(report) if as_json else "\n".join([*console.lines(report), *messages])
    )
    raise typer.Exit(Exit.INCOMPLETE if console.needs_a_person(report) else Exit.DONE)


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo lives; emptied first.")] = Path(
        ".demo"
    ),
    direct: Direct = False,
) -> None:
    """Make a synthetic world, run two nights in it, and show the proposal they lead to.

    Exit codes: 0 done, 2 usage, as a folder that holds other things, 3 unexpected.
    """
    from flows.cli.demo import show  # noqa: PLC0415  only the demo draws pictures

    with handle_errors(), progress(quiet=False) as say:
        lines = show(folder.resolve(), say, direct=direct)
    typer.echo("\n".join(lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody asked of a night.

    Attributes:
        only: The sources to visit; all of them when empty.
        dry_run: Whether nothing is written.
        plan: Where a handover is written instead of a proposal.
        forge: Where proposals go, where that is not what config says.
        direct: Whether to do without Prefect.
        quiet: Whether nobody watches.
    """

    only: Sequence[str]
    dry_run: bool
    plan: Path | None
    forge: ForgeKind | None
    direct: bool
    quiet: bool


def _sync(folder: Path, cache: Path, asked: Asked) -> tuple[Report, list[str]]:
    opened = open_all(
        folder,
        cache,
        only=asked.only,
        kind=asked.forge,
        dry_run=asked.dry_run and not asked.plan,
        stored=stored_secret,
        through=Planned if asked.plan else lambda forge: forge,
    )
    with progress(quiet=asked.quiet) as say:
        report = _run(opened, say, direct=asked.direct)
    sources_health = report.health(opened.now.date())
    if asked.plan and isinstance(opened.forge, Planned):
        pack(
            asked.plan,
            base=opened.base.hexsha,
            now=opened.now,
            feedback_token=opened.forge.feedback_token,
            changes=report.changes,
            proposal=report.proposal,
        )
        if asked.dry_run:  # nobody will propose it, so this is the place to say it
            actions.write(sources_health, report.applied)
    return report, notify.notify(opened.forge, sources_health, report.applied)


def _run(opened: Opened, say: Callable[[str], None], *, direct: bool) -> Report:
    if direct:
        return opened.run(say=say)
    say("Starting Prefect")
    with prefect_server(opened.context.cache / "prefect"):
        from flows.orchestration import night_flow as flow  # noqa: PLC0415  Prefect reads its settings on import

        return flow.sync(opened, say=say)


_COMMANDS = (
    propose,
    release,
    watch,
    serve,
    status,
    doctor,
    check,
    acknowledge,
    withdraw,
    site,
)
for command in _COMMANDS:
    app.command()(command)
app.command("history")(history_of)
app.command("statements")(statements_of)
app.command("suspects")(suspects_of)
app.add_typer(sources.app, name="sources")
app.add_typer(manifest.app, name="manifest")


def main() -> None:
    """Run the command line; what nobody expected ends with its traceback and exit code 3."""
    try:
        app()
    except Exception:  # noqa: BLE001  the outermost edge: exit code 3 is promised for it
        traceback.print_exc()
        webhook.send("covid19-images: a run ended unexpectedly; its log says where.")
        sys.exit(Exit.UNEXPECTED)
