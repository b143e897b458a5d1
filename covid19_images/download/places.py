"""Where the shards of a release are on this disk: in a copy, in a release's folder, or unpacked.

DIR/shards/NAME.tar           as `covid19-images download` leaves it
DIR/NAME.tar                  as a release is published
DIR/../VERSION/NAME.tar       … where an earlier release has the shard
DIR/NAME/                     … unpacked, as services do with archives that are uploaded to them
"""

import contextlib
import os
from pathlib import Path

import platformdirs

from covid19_images.manifest.inside import below
from covid19_images.release import index as index_of
from covid19_images.release.index import (
    INDEX,
    Index,
    IndexFormatError,
    Shard,
    is_version,
    version_key,
)

MOUNTED = Path("/kaggle/input")
"""Where Kaggle lays the data sets of a notebook; nobody can write there."""

_SHARDS = "shards"


def default_folder() -> Path:
    """Return the folder copies are kept in: `$COVID19_IMAGES_DIR`, or the user's data folder."""
    folder = os.environ.get("COVID19_IMAGES_DIR")
    return (
        Path(folder) if folder else platformdirs.user_data_path("covid19-images", appauthor=False)
    )


def mounted() -> Path | None:
    """Return the newest release that a service mounted for this notebook; `None` elsewhere.

    A data set is `/kaggle/input/SLUG`, or `/kaggle/input/datasets/OWNER/SLUG`.
    """
    found = []
    for pattern in ("*", "datasets/*/*"):
        for place in sorted(MOUNTED.glob(pattern)):
            folder = release_folder(place)
            with contextlib.suppress(OSError, IndexFormatError):  # somebody else's index.json
                version = index_of.loads((folder / INDEX).read_bytes()).version
                found.append((version_key(version), folder))
    return max(found)[1] if found else None


def release_folder(root: Path) -> Path:
    """Return the folder with the index: the root, or the newest release in it, or its only folder.

    Args:
        root: What a person named; it is returned where there is no index at all.
    """
    if (root / INDEX).is_file() or not root.is_dir():
        return root
    # A hidden folder is a release that is on its way.
    within = sorted(file.parent for file in root.glob(f"[!.]*/{INDEX}"))
    versions = [folder for folder in within if is_version(folder.name)]
    if versions:
        return max(versions, key=lambda folder: version_key(folder.name))
    return within[0] if len(within) == 1 else root


def shards(folder: Path, index: Index) -> dict[str, Path]:
    """Return where the shards are that are here, by name.

    Args:
        folder: A copy, or the folder of a release.
        index: What the release is.
    """
    copied = folder / _SHARDS
    if copied.is_dir():
        here = {path.name: path for path in copied.glob("*.tar")}
        return {shard.name: here[shard.name] for shard in index.shards if shard.name in here}
    there = {shard.name: _place(folder, shard, index.version) for shard in index.shards}
    return {name: place for name, place in there.items() if place is not None}


def _place(folder: Path, shard: Shard, version: str) -> Path | None:
    folders = [folder]
    if folder.name == version:
        folders.append(folder.parent / shard.first_published)
    found = (tar_or_folder(place, shard.name) for place in folders)
    return next((place for place in found if place.exists()), None)


def tar_or_folder(folder: Path, name: str) -> Path:
    """Return where a tar is, or the folder of its name where a service unpacked it.

    Args:
        folder: What it is in.
        name: Of the tar.
    """
    packed, out = folder / name, folder / name.removesuffix(".tar")
    return out if out.is_dir() and not packed.exists() else packed


def names(folder: Path) -> list[str]:
    """List the members of a tar that was unpacked."""
    return [file.name for file in folder.iterdir() if file.is_file()]


def unpacked(folder: Path, member: str) -> bytes | None:
    """Read a member of a shard that was unpacked; `None` where it has none of that name."""
    file = below(folder, member)
    return file.read_bytes() if file.is_file() else None
