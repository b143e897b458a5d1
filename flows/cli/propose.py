"""`python -m flows propose`: write what another process computed."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.exits import Exit, exclusive_lock
from flows.cli.options import InCheckout, ToForge
from flows.collection import committed, state
from flows.collection.checkout import Checkout
from flows.config import load
from flows.config.load import deciding
from flows.config.policy import ForgeKind
from flows.forge import Applied
from flows.forge.health import health
from flows.forge.registry import choose, open_forge
from flows.night.handover.rebuild import Base, rebuild
from flows.night.handover.unpack import unpack
from flows.night.reporting import notify
from flows.night.stood import stood
from flows.orchestration.secrets import stored_secret
from flows.text.escape import log_line


def propose(
    plan: Annotated[Path, typer.Argument(help="The folder that `sync --plan` wrote.")],
    forge: ToForge = None,
    checkout: InCheckout = Path(),
    cache: Annotated[Path | None, typer.Option(help="Where the lock is kept.")] = None,
) -> None:
    """Propose what `sync --plan` computed, after checking every part of it.

    Exit codes: 0 done or nothing to do, 1 refused or not accepted, 2 usage or configuration,
    3 unexpected.
    """
    folder = checkout.resolve()
    with exclusive_lock(cache or folder / ".cache"):
        applied, messages = _propose(plan, folder, forge)
    lines = [applied.message, *([f"See {applied.where}"] if applied.where else []), *messages]
    typer.echo("\n".join(log_line(line) for line in lines))
    raise typer.Exit(Exit.INCOMPLETE if applied.action == "failed" else Exit.DONE)


def _propose(plan: Path, folder: Path, kind: ForgeKind | None) -> tuple[Applied, list[str]]:
    handed_over, tables = unpack(plan)
    known = choose(load.load(folder / "config"), kind)
    opened, now = Checkout(folder), dt.datetime.now(dt.UTC)
    forge = open_forge(opened, known, stored=stored_secret)
    feedback = forge.replay_feedback(
        handed_over.feedback_token, handed_over.base, handed_over.today
    )
    at = feedback.base or opened.base(known.policy.base)
    if feedback.decisions is not None:
        known = deciding(known, feedback.decisions)
    in_base = committed.text(at.tree, state.DECISIONS)
    base = Base(
        known,
        opened.state(at),
        feedback.decisions,
        in_base,
        stood(feedback.proposed, opened.state),
    )
    changes, proposal = rebuild(handed_over, tables, base, now)
    applied = forge.apply(proposal, at, handed_over.now)
    return applied, notify.notify(forge, health(changes, handed_over.today), applied)
