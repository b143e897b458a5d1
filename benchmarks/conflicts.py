"""Draw the conflicts of a collection, both pictures side by side, to count those that are false.

python -m benchmarks.conflicts CHECKOUT --ref sync/datasets --upstream NAME=CLONE.git --to sheet.jpg

The sheet holds pictures of patients: it is looked at and deleted, and is never committed.
"""

from pathlib import Path
from typing import Annotated

import git
import typer
from PIL import Image, ImageDraw

from covid19_images.images import decode
from covid19_images.manifest import table
from covid19_images.manifest.statements import conflicts

_SIDE, _WORDS, _MOST = 260, 46, 100


def main(
    checkout: Path,
    upstream: Annotated[list[str], typer.Option(help="NAME=CLONE, for each source.")],
    to: Annotated[Path, typer.Option(help="The picture to write.")],
    ref: str = "main",
) -> None:
    """Write one row for each conflict, no more than a hundred."""
    clones = {name: git.Repo(path) for name, _, path in (one.partition("=") for one in upstream)}
    files = git.Repo(checkout).git
    found = conflicts.loads(files.show(f"{ref}:datasets/conflicts.csv") + "\n")[:_MOST]
    blobs = {
        record.key: record.blob
        for name in clones
        for record in table.loads(files.show(f"{ref}:datasets/manifest/{name}.csv") + "\n")
    }
    sheet = Image.new("L", (4 * _SIDE, (len(found) + 1) // 2 * (_SIDE + _WORDS)), 255)
    for at, one in enumerate(found):
        left, top = at % 2 * 2 * _SIDE, at // 2 * (_SIDE + _WORDS)
        words = f"{at + 1} {one.field}: {one.a_value} | {one.b_value} -> {one.counts}"
        ImageDraw.Draw(sheet).text(
            (left + 4, top + 2), f"{words}\n{one.a[-60:]}\n{one.b[-60:]}", fill=0
        )
        for side, key in enumerate((one.a, one.b)):
            clone = clones[key.partition("/")[0]]
            content = clone.git.cat_file(
                "blob", blobs[key], stdout_as_string=False, strip_newline_in_stdout=False
            )
            sheet.paste(_small(content), (left + side * _SIDE, top + _WORDS))
    sheet.save(to, quality=85)
    typer.echo(f"{len(found):,} conflicts are drawn in {to}")


def _small(content: bytes) -> Image.Image:
    picture = decode.read(content)
    if isinstance(picture, decode.Refused):
        return Image.new("L", (_SIDE - 4, _SIDE - 4), 128)
    return Image.fromarray(picture.grey()).resize((_SIDE - 4, _SIDE - 4))


if __name__ == "__main__":
    typer.run(main)
