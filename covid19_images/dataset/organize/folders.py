"""Write pictures as files, in class folders or in one folder, with a table for each split."""

import os
import re
from collections.abc import Callable
from pathlib import Path

from covid19_images.dataset.organize import rows as tables
from covid19_images.dataset.selection import Selection
from covid19_images.download.cache import cache_folder
from covid19_images.download.squares import Say
from covid19_images.images.write_png import write_png
from covid19_images.manifest import whole
from covid19_images.manifest.inside import below


def write_class_folders(chosen: Selection, folder: Path, say: Say, *, link: bool = False) -> None:
    """Write SPLIT/CLASS/IMAGE.png and SPLIT.csv; where there are no classes, SPLIT/IMAGE.png."""

    def place(at: int) -> Path:
        within = Path(str(chosen.records[at].split))
        if chosen.label.several or not chosen.label.classes:
            return within
        word = next(iter(chosen.label.words(chosen.records[at])), "unknown")
        return within / _class_folder(word)

    _write(chosen, folder, place, say, link=link)


def _class_folder(word: str) -> str:
    """Return a class as the name of a folder.

    >>> _class_folder("COVID-19 (mild)"), _class_folder(".."), _class_folder("../x")
    ('COVID-19-mild-', 'unnamed', '-x')
    """
    return re.sub(r"[^\w.-]+", "-", word).strip(".")[:100] or "unnamed"


def write_one_folder(chosen: Selection, folder: Path, say: Say, *, link: bool = False) -> None:
    """Write images/IMAGE.png and SPLIT.csv, whose column `path` names the file."""
    _write(chosen, folder, lambda _: Path("images"), say, link=link)


def _write(
    chosen: Selection, folder: Path, place: Callable[[int], Path], say: Say, *, link: bool
) -> None:
    done = 0
    for split in chosen.splits:
        rows = []
        for at in tables.indices_of_split(chosen, split):
            path = place(at) / f"{chosen.records[at].image_id}.png"
            file = below(folder, path.as_posix())
            if not file.exists():
                (_link if link else _copy)(chosen, at, file)
            rows.append({"path": path.as_posix()} | tables.cells(chosen, at))
            done += 1
            say(f"Writing {folder.name}", done, len(chosen))
        whole.write(below(folder, f"{split}.csv"), tables.dumps(rows).encode())


def _copy(chosen: Selection, at: int, file: Path) -> None:
    whole.write(file, write_png(chosen.plain(at)))


def _link(chosen: Selection, at: int, file: Path) -> None:
    """Link to a file that all folders organised at this size share: it takes space once."""
    size = str(chosen.size or "own")
    kept = below(cache_folder(chosen.copy.folder), f"pictures/{size}/{file.name}")
    if not kept.exists():
        _copy(chosen, at, kept)
    file.parent.mkdir(parents=True, exist_ok=True)
    os.link(kept, file)
