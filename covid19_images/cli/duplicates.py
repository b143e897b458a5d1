"""`covid19-images duplicates`: copies among pictures in a folder."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from covid19_images.cli.local import report_errors, write_text
from covid19_images.download.progress import progress
from covid19_images.manifest import spreadsheet
from covid19_images.manifest.document import one_line

if TYPE_CHECKING:
    from covid19_images.duplicates.found import Found


def duplicates(
    folder: Annotated[Path, typer.Argument(help="A folder of pictures, of any format.")],
    html: Annotated[
        Path | None, typer.Option(help="Also write a page with the pictures side by side.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for programs.")] = False,
) -> None:
    """Find pictures that are copies of one another: resized, cropped, flipped, annotated.

    Nothing is changed. Exit codes: 0 no copies, 1 copies were found, 2 no such folder.

    Example: covid19-images duplicates my-pictures --html copies.html
    """
    from covid19_images.duplicates.page import kind, render, why  # noqa: PLC0415  starts quickly

    with report_errors(NotADirectoryError):
        found = _found(folder)
    if html:
        write_text(html, render(found, folder.resolve().name))
    rows = [[pair.a, pair.b, kind(pair), why(pair)] for pair in found.pairs]
    if as_csv:
        sys.stdout.write(spreadsheet.dumps([["a", "b", "kind", "why"], *rows]))
    else:
        _table(found, rows)
    raise typer.Exit(1 if found.copies else 0)


def _found(folder: Path) -> "Found":
    from covid19_images.checks.find_duplicates import find_duplicates  # noqa: PLC0415

    with progress() as display:
        return find_duplicates(
            folder, say=lambda done, total: display("Reading pictures", done, total)
        )


def _table(found: "Found", rows: list[list[str]]) -> None:
    console = Console(highlight=False, markup=False)
    table = Table("copy", "of", "kind", "why", box=None, pad_edge=False)
    for a, b, kind, why in rows:
        names = (b, a) if b in found.copies else (a, b)
        table.add_row(*map(one_line, (*names, kind, why)))
    if rows:
        console.print(table)
    for file in found.refused:
        console.print(one_line(f"not read: {file.path}: {file.reason}"))
    console.print(f"{len(found.items):,} pictures, {len(found.copies):,} copies.")
