"""`covid19-images provenance NAME`: where one image, volume or mask comes from."""

from dataclasses import asdict
from typing import Annotated

import typer

from covid19_images.cli.local import Root
from covid19_images.manifest.document import document, one_line


def register(app: typer.Typer) -> None:
    """Add the command to a command line."""
    app.command()(provenance)


def provenance(
    image: Annotated[
        str, typer.Argument(help="source/path of an image or a mask, source/volume, or an id.")
    ],
    root: Root = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show where an image, volume or mask comes from: shard, member, blob, commit, who signed.

    Exit codes: 0 done, 2 there is no such image or copy.

    Example: covid19-images provenance covid-chestxray-dataset/images/one.png
    """
    from covid19_images.dataset.trace import provenance as trace  # noqa: PLC0415  slow
    from covid19_images.download.copy import LocalCopyError  # noqa: PLC0415

    try:
        found = trace(image, root=root)
    except LocalCopyError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(document(asdict(found)) if as_json else "\n".join(map(one_line, found.lines())))
