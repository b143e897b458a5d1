"""Files that are whole, or not there: written beside their place, and moved there."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

PART = ".part"
_READABLE = 0o644  # a temporary file is its owner's alone; copies are shared


@contextlib.contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """Yield a file to be written, which takes the place of another where the block ends well.

    Args:
        file: The file that is replaced; its folder is made where it is not there.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=PART, dir=file.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(_READABLE)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)  # a full disk leaves no half of a file


def write(file: Path, content: bytes) -> None:
    """Write a file in one step."""
    with replacing(file) as part:
        part.write_bytes(content)
