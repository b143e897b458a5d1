"""`python -m flows statements`: what every source says of one picture, side by side."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from covid19_images.manifest.document import document
from covid19_images.manifest.statements.statements import Statement, statements
from flows.cli.exits import Exit, handle_errors
from flows.cli.options import AsJson, InCheckout
from flows.collection.checkout import Checkout
from flows.config import load
from flows.config.decisions import Finding
from flows.proposal.disagreements import all_conflicts
from flows.text.escape import log_line


def statements_of(
    image: Annotated[str, typer.Argument(help="A picture: `source/path`, or its image id.")],
    as_json: AsJson = False,
    checkout: InCheckout = Path(),
) -> None:
    """Show what every source says of a picture, and where they contradict each other.

    Exit codes: 0 they agree, 1 they do not, or no row has that name, 2 usage or configuration.
    """
    folder = checkout.resolve()
    with handle_errors():
        config = load.load(folder / "config")
        opened = Checkout(folder)
        state = opened.state(opened.base(config.policy.base))
    records = [row for rows in state.records.values() for row in rows]
    copies = [(p.a, p.b) for p in state.pairs if p.kind not in ("undecided", "part")]
    stated = statements(records, image, copies)
    if not stated:
        typer.echo(f"error: No row that says anything is called {log_line(image)!r}.", err=True)
        raise typer.Exit(Exit.INCOMPLETE)
    keys = {one.key for one in stated}
    decided = config.decisions.finding
    everything = all_conflicts(records, state.pairs, config.sources, decided)
    against = [one for one in everything if one.a in keys]
    ids = {row.image_id for row in records if row.key in keys}
    people = [one for one in decided if one.image in keys | ids]
    if as_json:
        listed = [asdict(one) for one in stated]
        decisions = [one.model_dump(mode="json") for one in people]
        conflicting = [asdict(one) for one in against]
        found = {"statements": listed, "decisions": decisions, "conflicts": conflicting}
        typer.echo(document(found, indent=2))
    else:
        lines = [*map(_line, stated), *map(_decision, people)]
        lines += [
            f"conflict in {one.field}: {one.a_value} or {one.b_value}; "
            + (f"{one.counts} counts ({one.by})" if one.counts else "in doubt")
            for one in against
        ]
        typer.echo("\n".join(map(log_line, lines)))
    raise typer.Exit(Exit.INCOMPLETE if against else Exit.DONE)


def _line(one: Statement) -> str:
    raw = f" (written {one.raw!r})" if one.raw and one.raw != one.value else ""
    basis = f", {one.basis}" if one.basis else ""
    since = f", since {one.since.isoformat()}" if one.since else ""
    return f"{one.field:<10} {one.value}{raw}  {one.key}{basis}{since}"


def _decision(one: Finding) -> str:
    return f"{'finding':<10} {one.value}  decided by {one.by} on {one.date.isoformat()}"
