"""`python -m flows manifest`: look at the rows of CSV and Parquet, and at what changed in them."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import git
import typer
from git.objects import Commit

from covid19_images import manifest
from covid19_images.manifest import parquet, shards, table
from covid19_images.manifest.document import document, one_line
from covid19_images.manifest.record import COLUMNS, Record
from covid19_images.manifest.table import Change
from flows.cli.exits import handle_errors
from flows.cli.options import AsJson, InCheckout
from flows.collection.checkout import Checkout, CheckoutError
from flows.collection.manifest_diff import between
from flows.text.plural import plural

app = typer.Typer(
    help="Look at the rows of the manifest, whatever files hold them.",
    no_args_is_help=True,
    rich_markup_mode=None,  # a screen reader reads no frames, and lines break where they are full
)
_NAMES = [column.name for column in COLUMNS]


@app.command()
def rows(
    place: Annotated[
        Path, typer.Argument(help="A shard, a CSV, the folder of a source, or that of all sources.")
    ],
) -> None:
    """Print rows as CSV; git shows Parquet with it, see docs/manifest.md.

    A file of text is printed as it is. Exit codes: 0 printed, 2 it is not there or not readable.
    """
    with handle_errors():
        text = _text(place)
    if sys.stdout.isatty():
        text = "".join(f"{one_line(line)}\n" for line in text.split("\n")[:-1])
    sys.stdout.buffer.write(text.encode())


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="A branch or commit, or a file or folder of rows.")],
    after: Annotated[str, typer.Argument(help="The same.")],
    as_json: AsJson = False,
    checkout: InCheckout = Path(),
) -> None:
    """Print the rows that were added, removed or changed, whatever files hold them.

    Exit codes: 0 printed, 2 one of them is not there, or holds no rows.
    """
    with handle_errors():
        changes = _changes(before, after, checkout.resolve())
    if as_json:
        typer.echo(document({"changes": list(map(_entry, changes))}, indent=2))
        return
    for change in changes:
        typer.echo(one_line(_line(change)))
    added = sum(change.before is None for change in changes)
    removed = sum(change.after is None for change in changes)
    other = len(changes) - added - removed
    typer.echo(f"{plural(added, 'rows')} added, {removed:,} removed, {other:,} changed.")


def _text(place: Path) -> str:
    """Return rows as CSV.

    Raises:
        CheckoutError: There are none.
    """
    try:
        if not place.is_dir() and (content := place.read_bytes())[:4] == b"PAR1":
            return parquet.text_of(content, name=place.name)
        return table.text(place) if place.is_file() else table.dumps(_of_folder(place))
    except (FileNotFoundError, ValueError) as error:
        raise CheckoutError(_no_rows(str(place), error)) from None


def _of_folder(folder: Path) -> list[Record]:
    """Read the rows of a folder.

    Raises:
        ManifestError: It holds no manifest.
    """
    if folder.is_dir() and not [*folder.glob("*.csv"), *folder.glob(f"*/{shards.INDEX}")]:
        raise table.ManifestError("it holds no manifest.")
    return manifest.read(folder)


def _no_rows(place: str, error: Exception) -> str:
    why = str(error) if isinstance(error, ValueError) else "there is no such file."
    return f"{one_line(place)} cannot be read: {one_line(why).rstrip('.')}. Nothing was changed."


def _changes(before: str, after: str, folder: Path) -> Sequence[Change]:
    """Compare two commits, or files.

    Raises:
        CheckoutError: One is not there, or holds no rows.
    """
    places = [Path(name) for name in (before, after)]
    if all(place.exists() for place in places):
        return table.diff(*map(_rows, places))
    opened = Checkout(folder)
    trees = [_commit(opened, name).tree for name in (before, after)]
    try:
        return between(*trees)
    except ValueError as error:
        raise CheckoutError(_no_rows(f"{before} or {after}", error)) from None


def _rows(place: Path) -> list[Record]:
    try:
        if place.suffix == shards.SUFFIX:
            return parquet.loads(place.read_bytes(), name=place.name)
        return _of_folder(place) if place.is_dir() else manifest.read(place)
    except ValueError as error:
        raise CheckoutError(_no_rows(str(place), error)) from None


def _commit(opened: Checkout, name: str) -> Commit:
    try:  # by git itself: GitPython ends otherwise at some of its many ways to name a commit
        found = opened.repo.git.rev_parse("--verify", "--end-of-options", f"{name}^{{commit}}")
        return opened.repo.commit(str(found).splitlines()[-1])
    except (ValueError, git.BadName, git.GitCommandError):
        raise CheckoutError(
            f"{one_line(name)} is no commit, and there are not two files. Nothing was changed; "
            "name two branches or commits of this clone, or two files."
        ) from None


def _cells(change: Change) -> Iterator[tuple[str, str, str]]:
    """Yield the columns that differ with their cells before and after."""
    sides = [
        table.cells(row) if row else [""] * len(_NAMES) for row in (change.before, change.after)
    ]
    for name, was, now in zip(_NAMES, *sides, strict=True):
        if was != now:
            yield name, was, now


def _key(change: Change) -> str:
    row = change.after or change.before
    return row.key if row else ""


def _line(change: Change) -> str:
    if change.before is None or change.after is None:
        return f"{'+' if change.before is None else '-'} {_key(change)}"
    cells = ", ".join(
        f"{name} {was or '(empty)'} → {now or '(empty)'}" for name, was, now in _cells(change)
    )
    return f"~ {_key(change)}: {cells}"


def _entry(change: Change) -> Mapping[str, Any]:
    act = "added" if change.before is None else "removed" if change.after is None else "changed"
    return {
        "key": _key(change),
        "act": act,
        "cells": {name: [was, now] for name, was, now in _cells(change)},
    }
