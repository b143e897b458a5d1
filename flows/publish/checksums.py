"""The lists of checksums a release carries."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from covid19_images.release.index import Shard, SmallFile

_CHUNK = 2**20  # bytes


def sha256(file: Path) -> str:
    """Hash a file."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def small_file(file: Path) -> SmallFile:
    """Describe a file for the index."""
    return SmallFile(name=file.name, size=file.stat().st_size, sha256=sha256(file))


def sha256sums(files: Iterable[SmallFile | Shard]) -> str:
    """Write what `sha256sum --check` reads."""
    return "".join(f"{f.sha256}  {f.name}\n" for f in sorted(files, key=lambda f: f.name))


def registry(version: str, files: Iterable[SmallFile | Shard]) -> str:
    """Write what `pooch.Pooch.load_registry` reads.

    Names begin with the release that holds the file, so that one base url serves them all.
    """
    lines = (
        f"{f.first_published if isinstance(f, Shard) else version}/{f.name} sha256:{f.sha256}\n"
        for f in files
    )
    return "".join(sorted(lines))
