"""Read organised folders back with other programs: each picture and the split it is in."""

import csv
import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
from PIL import Image

Pixels = tuple[str, bytes]  # split, and the decoded picture
SIDES = ("train", "validation", "test")


def png(content: bytes) -> bytes:
    """Decode a PNG of 8-bit grey to its levels, row by row."""
    image = Image.open(io.BytesIO(content))
    assert image.mode == "L"  # 8-bit grey, whatever it was
    return image.tobytes()


def _class_folders(folder: Path) -> Iterator[Pixels]:
    for file in folder.glob("*/*/*.png"):
        assert file.parent.name in ("positive", "negative")
        yield file.parent.parent.name, png(file.read_bytes())


def table(file: Path) -> list[dict[str, str]]:
    """Read a CSV."""
    return list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))


def _tables(folder: Path) -> Iterator[Pixels]:
    for side in SIDES:
        for row in table(folder / f"{side}.csv"):
            assert row["split"] == side
            yield side, png((folder / row["path"]).read_bytes())


def _parquet(folder: Path) -> Iterator[Pixels]:
    for file in sorted((folder / "data").glob("*.parquet")):
        for row in pq.read_table(file).to_pylist():
            side = file.name.partition("-")[0]
            assert row["split"] == side
            yield side, png(row["image"]["bytes"])


def _shards(folder: Path) -> Iterator[Pixels]:
    for file in sorted(folder.glob("*.tar")):
        with tarfile.open(file) as tar:
            for name in tar.getnames():
                if name.endswith(".png"):
                    content = tar.extractfile(name)
                    assert content
                    yield file.name.partition("-")[0], png(content.read())


LAYOUTS: dict[str, Callable[[Path], Iterator[Pixels]]] = {
    "imagefolder": _class_folders,
    "csv": _tables,
    "huggingface": _parquet,
    "webdataset": _shards,
}
