"""Find members of a tar by name, and read them without unpacking anything.

A tar from somewhere else may name members `../../etc/passwd`, or hold links: one with such a name
is refused, and only plain files are seen.
"""

import os
import tarfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from covid19_images.manifest.identifiers import PATTERNS

Span = tuple[int, int]


@lru_cache(maxsize=4096)
def _spans(path: str, size: int, mtime_ns: int) -> Mapping[str, Span]:
    del size, mtime_ns  # another file under the same name is another key
    with tarfile.open(path, "r:") as tar:
        found = {m.name: (m.offset_data, m.size) for m in tar if m.isreg()}
    odd = next((name for name in found if not PATTERNS["member"].fullmatch(name)), None)
    if odd is not None:
        raise tarfile.ReadError(f"{Path(path).name} has a member called {odd[:100]!r}")
    return found


def spans(tar: Path) -> Mapping[str, Span]:
    """Return offset and size in bytes of every plain file of an uncompressed tar, by name.

    Raises:
        tarfile.ReadError: It is no tar, or cut off, or a name in it is no identifier.
        FileNotFoundError: There is no such file.
    """
    found = tar.stat()
    return _spans(str(tar), found.st_size, found.st_mtime_ns)


def read(tar: Path, name: str) -> bytes | None:
    """Read one member; `None` where the tar has none of that name."""
    span = spans(tar).get(name)
    if span is None:
        return None
    offset, size = span
    with tar.open("rb") as file:
        file.seek(offset, os.SEEK_SET)
        return file.read(size)
