"""Options that several commands have, with the same words in each."""

from pathlib import Path
from typing import Annotated

import typer

from flows.config.policy import ForgeKind


def _clone(folder: Path) -> Path:
    """Return a folder that is there.

    Raises:
        Exit: There is none, which was said.
    """
    try:
        if folder.stat() and folder.is_dir():
            return folder
        why = "it is a file"
    except OSError as error:
        why = str(error.strerror)
    raise _refused(f"--checkout {folder} is no folder ({why}). Name the clone of the collection.")


def _cache(folder: Path | None) -> Path | None:
    """Return a folder that is there or can be made.

    Raises:
        Exit: A file or a broken link is in its way, which was said.
    """
    there = [] if folder is None else [folder, *folder.absolute().parents]
    first = next((place for place in there if place.is_symlink() or _exists(place)), None)
    if folder is None or first is None or first.is_dir():
        return folder
    raise _refused(f"--cache {folder} cannot be a folder ({first} is none). Name another.")


def _exists(place: Path) -> bool:
    try:
        return place.exists()
    except OSError:  # as where what should be a folder above it is a file
        return False


def _refused(words: str) -> typer.Exit:
    typer.echo(f"error: {words} Nothing was changed.", err=True)
    return typer.Exit(2)


InCheckout = Annotated[Path, typer.Option(help="The clone of the collection.", callback=_clone)]
InCache = Annotated[
    Path | None,
    typer.Option(help="Where clones are kept; may be deleted at any time.", callback=_cache),
]
ToForge = Annotated[
    ForgeKind | None, typer.Option(help="Where proposals go; config/policy.toml by default.")
]
Direct = Annotated[bool, typer.Option(help="Run the same steps without Prefect.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
