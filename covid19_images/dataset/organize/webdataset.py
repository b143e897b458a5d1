"""Write WebDataset shards, each of one split: SPLIT-00000.tar of .png, .cls and .json."""

import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from covid19_images.dataset.organize import rows
from covid19_images.dataset.selection import Selection
from covid19_images.download.squares import Say
from covid19_images.images.write_png import write_png
from covid19_images.manifest import whole
from covid19_images.manifest.inside import below

IN_A_SHARD = 2000  # pictures; some 60 MB at 224 pixels


def write(chosen: Selection, folder: Path, say: Say, *, link: bool = False) -> None:
    """Write the shards; those that are there are whole, and stay."""
    del link  # a tar holds its pictures itself
    done = 0
    for split in chosen.splits:
        indices = rows.indices_of_split(chosen, split)
        for number, at in enumerate(range(0, len(indices), IN_A_SHARD)):
            part = indices[at : at + IN_A_SHARD]
            file = below(folder, f"{split}-{number:05d}.tar")
            if not file.exists():
                whole.write(file, _tar(chosen, part))
            done += len(part)
            say(f"Writing {folder.name}", done, len(chosen))


def _tar(chosen: Selection, part: Sequence[int]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in _members(chosen, part):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _members(chosen: Selection, part: Sequence[int]) -> Iterator[tuple[str, bytes]]:
    for number, at in enumerate(part):
        # The number keeps rows of one picture apart; a point would begin the ending.
        stem = f"{number:05d}-{chosen.records[at].image_id}"
        yield f"{stem}.png", write_png(chosen.plain(at))
        if chosen.label.classes and not chosen.label.several:
            yield f"{stem}.cls", str(chosen.targets[at]).encode()
        yield f"{stem}.json", json.dumps(rows.cells(chosen, at), indent=1).encode()
