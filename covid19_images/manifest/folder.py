"""Read manifests from a folder: the CSV of each source, or its shards where it has many rows."""

from pathlib import Path

from covid19_images.manifest import shards, table
from covid19_images.manifest.record import Record
from covid19_images.manifest.table import ManifestError


def read(path: Path) -> list[Record]:
    """Read one manifest file, the shards of one source, or a folder of both.

    Args:
        path: A CSV, a folder with an index of shards, or the folder that holds all sources.

    Raises:
        ManifestError: Where a file is not a valid manifest, or a source has both; pyarrow is not
            installed, and there are shards.
        FileNotFoundError: Where there is no such file or folder.
    """
    if not path.is_dir():
        return table.read(path)
    if (path / shards.INDEX).is_file():
        return _of_shards(path)
    tables = {file.stem: file for file in path.glob("*.csv")}
    folders = {index.parent.name: index.parent for index in path.glob(f"*/{shards.INDEX}")}
    if both := sorted(tables.keys() & folders.keys()):
        raise ManifestError(f"{both[0]} has a CSV and shards; one of them belongs to no source.")
    every = tables | folders
    return [record for name in sorted(every) for record in read(every[name])]


def _of_shards(folder: Path) -> list[Record]:
    text = table.text(folder / shards.INDEX)
    index = shards.loads(text, name=f"{folder.name}/{shards.INDEX}")

    def content(name: str) -> bytes | None:
        file = folder / name
        return file.read_bytes() if file.is_file() else None

    return shards.read(index, content, folder=folder.name)
