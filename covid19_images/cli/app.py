"""The command line for people who use images: `covid19-images`."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from covid19_images.checks.find_duplicates import find_duplicates
from covid19_images.cli import audit as audit_command
from covid19_images.cli import baseline as baseline_commands
from covid19_images.cli import download as release_commands
from covid19_images.cli import local as local_commands
from covid19_images.cli import provenance as provenance_command
from covid19_images.download.progress import progress
from covid19_images.duplicates.found import Found
from covid19_images.duplicates.page import kind, render, why
from covid19_images.manifest import spreadsheet

app = typer.Typer(
    help="COVID-19 chest images, and tools that are useful on any chest images.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


release_commands.register(app)
local_commands.register(app)
provenance_command.register(app)
app.command()(audit_command.audit)
baseline_commands.register(app)


@app.callback()
def _collection() -> None:
    """COVID-19 chest images, and tools that are useful on any chest images."""


@app.command()
def duplicates(
    folder: Annotated[Path, typer.Argument(help="A folder of pictures, of any format.")],
    html: Annotated[
        Path | None, typer.Option(help="Also write a page with the pictures side by side.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for programs.")] = False,
) -> None:
    """Find pictures that are copies of one another: resized, cropped, flipped, annotated.

    Nothing is changed. Exit codes: 0 no copies, 1 copies were found, 2 no such folder.
    """
    try:
        found = _found(folder)
    except NotADirectoryError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    if html:
        html.write_text(render(found, folder.resolve().name), encoding="utf-8")
    (_csv if as_csv else _table)(found)
    raise typer.Exit(1 if found.copies else 0)


def _found(folder: Path) -> Found:
    with progress() as display:
        return find_duplicates(
            folder, say=lambda done, total: display("Reading pictures", done, total)
        )


def _csv(found: Found) -> None:
    rows = [[pair.a, pair.b, kind(pair), why(pair)] for pair in found.pairs]
    sys.stdout.write(spreadsheet.dumps([["a", "b", "kind", "why"], *rows]))


def _table(found: Found) -> None:
    console = Console(highlight=False, markup=False)
    table = Table("copy", "of", "kind", "why", box=None, pad_edge=False)
    for pair in found.pairs:
        copy, of = (pair.b, pair.a) if pair.b in found.copies else (pair.a, pair.b)
        table.add_row(copy, of, kind(pair), why(pair))
    if found.pairs:
        console.print(table)
    for file in found.refused:
        console.print(f"not read: {file.path}: {file.reason}")
    console.print(f"{len(found.items):,} pictures, {len(found.copies):,} copies.")
