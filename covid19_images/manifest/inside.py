"""Where files below a folder may be written: the one place that refuses ways out of it."""

import errno
from pathlib import Path

from covid19_images.manifest.identifiers import is_path


class EscapeError(OSError):
    """Raised for a path that leads out of its folder; nothing was written."""


def below(folder: Path, path: str) -> Path:
    """Return the place of a file below a folder.

    Args:
        folder: The folder; it may be a link itself.
        path: The file in it, with `/`.

    Raises:
        EscapeError: The path has a root, a drive, a `..` or something invisible, or a link below
            the folder stands in its way.
    """
    if not is_path(path) or ":" in path:
        raise EscapeError(errno.EPERM, f"{path[:200]!r} leads out of {folder}")
    target = folder.resolve().joinpath(*path.split("/"))
    if target.resolve() != target:
        raise EscapeError(errno.EPERM, f"there is a link in the way of {path[:200]!r} in {folder}")
    return folder / path
