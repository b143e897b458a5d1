"""`python -m flows suspects`: rows whose label may be wrong, for people to look at."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from covid19_images.manifest import spreadsheet
from covid19_images.statements.suspects import suspects
from flows.cli.exits import Exit, handle_errors
from flows.cli.options import InCheckout
from flows.collection.checkout import Checkout
from flows.config import load
from flows.proposal.disagreements import all_conflicts


def suspects_of(
    most: Annotated[int, typer.Option(help="How many at most.")] = 100,
    checkout: InCheckout = Path(),
) -> None:
    """List as CSV the rows whose label may be wrong, with the reasons; nothing is changed.

    Exit codes: 0 done, 2 usage or configuration.
    """
    folder = checkout.resolve()
    with handle_errors():
        config = load.load(folder / "config")
        opened = Checkout(folder)
        state = opened.state(opened.base(config.policy.base))
    records = [row for rows in state.records.values() for row in rows]
    known = all_conflicts(records, state.pairs, config.sources, config.decisions.finding)
    found = suspects(records, known)[:most]
    rows = [[one.key, one.weight, "; ".join(one.reasons)] for one in found]
    sys.stdout.write(spreadsheet.dumps([["row", "weight", "why"], *rows]))
    raise typer.Exit(Exit.DONE)
