"""Write the site into a folder: only what differs, and nothing is left of what was."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from covid19_images.manifest.inside import below
from flows.forge.pages import replace

MARKER = ".covid19-images-site"
_MARKED = b"Written by `python -m flows site`, which deletes here what it did not write.\n"


class SiteError(Exception):
    """Raised where nothing was written: why, and what to do."""


@dataclass(frozen=True, slots=True)
class Written:
    """The result of writing, in files."""

    written: int
    unchanged: int
    removed: int


def write(folder: Path, files: Iterable[tuple[str, bytes]]) -> Written:
    """Write a site.

    Args:
        folder: Where; empty, missing, or an earlier site.
        files: Contents by path.

    Raises:
        SiteError: When other files are in the folder.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARKER).is_file():
        raise SiteError(
            f"{folder} holds files that are not of a site, so nothing was written. Name an empty "
            "folder, or one that this command wrote."
        )
    folder.mkdir(parents=True, exist_ok=True)
    replace(folder / MARKER, _MARKED)
    there = {f.relative_to(folder).as_posix() for f in folder.rglob("*") if not f.is_dir()}
    there.discard(MARKER)
    known, written, made = set[str](), 0, set[Path]()
    for path, content in files:
        file = below(folder, path)
        known.add(path)
        if path in there and file.read_bytes() == content:
            continue
        if file.parent not in made:
            file.parent.mkdir(parents=True, exist_ok=True)
            made.add(file.parent)
        replace(file, content)
        written += 1
    for path in there - known:
        (folder / path).unlink()
    _remove_empty(folder)
    return Written(written, len(known) - written, len(there - known))


def _remove_empty(folder: Path) -> None:
    for inside in sorted((f for f in folder.rglob("*") if f.is_dir()), reverse=True):
        if not any(inside.iterdir()):
            inside.rmdir()
