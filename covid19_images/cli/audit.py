"""`covid19-images audit`: what a model could learn of a set instead of disease."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from covid19_images.cli.local import report_errors
from covid19_images.manifest import spreadsheet
from covid19_images.manifest.document import document, one_line


def audit(
    place: Annotated[
        Path,
        typer.Argument(
            metavar="DIR|TABLE.csv",
            help="Pictures in class folders or with a table; a table; a local copy.",
        ),
    ],
    label: Annotated[
        str | None, typer.Option(help="The column of labels; of a local copy, as in organize.")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="The folder that the table's paths are below.")
    ] = None,
    balance: Annotated[
        str | None, typer.Option(help="Of a local copy, `source`: a subset free of its shortcut.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for programs.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure what tells the labels of pictures without their lungs: source, size, border, text.

    Nothing is changed, and nothing leaves this machine. It fails where the name of the source alone
    tells a label; where no source is known, where anything else beside the lungs does. Exit codes:
    0 passes, 1 fails, 2 there is nothing to audit.

    Example: covid19-images audit my-pictures
    """
    from covid19_images.checks.audit import audit as measure  # noqa: PLC0415  starts quickly
    from covid19_images.checks.shortcuts.listed import SetError  # noqa: PLC0415

    with report_errors(SetError):
        found = measure(place, label=label, pictures=pictures, balance=balance)
    if as_json:
        figures = [asdict(one) for one in found.figures]
        verdict = {"passes": found.passes, "finding": found.sentence, "images": found.images}
        left_out = dict(found.left_out)
        typer.echo(document({**verdict, "left_out": left_out, "figures": figures}, indent=2))
    elif as_csv:
        whole = found.table().astype(object).where(found.table().notna(), None)
        header = [str(name) for name in whole.columns]
        sys.stdout.write(spreadsheet.dumps([header, *whole.to_numpy().tolist()]))
    else:
        console = Console(highlight=False, markup=False)
        console.print(_table(found.words()))
        console.print(repr(found), soft_wrap=True)
    raise typer.Exit(0 if found.passes else 1)


def _table(rows: list[list[str]]) -> Table:
    header = ["the model sees only", "tells", "of", "AUC", "95 %", "with", "without"]
    table = Table(*header, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*map(one_line, row))
    return table
