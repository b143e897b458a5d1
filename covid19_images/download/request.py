"""What part of a release somebody wants."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from covid19_images.download.errors import RequestError
from covid19_images.manifest.record import Modality
from covid19_images.release.index import Index, Layer, Shard, SmallFile
from covid19_images.release.row import Row

FILE = "selection.json"
SCHEMA = 1  # of that file

Kind = Literal["xray", "ct"]
MODALITIES: dict[Kind, tuple[Modality, ...]] = {"xray": ("XR", "CR", "DX"), "ct": ("CT",)}
_LAYERS: dict[int | None, Layer] = {None: "images", 224: "sized224", 512: "sized512"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to download.

    Attributes:
        origin: Where from, as given to `--from`; `None` for the collection's own releases.
        modality: X-rays or CT only.
        sources: These sources only; all where there are none.
        size: Squares of so many pixels instead of the images.
        pointers: Whether images that may not be shipped are fetched from their owners.
        loopback: Whether a release may lead to services of this machine, such as one's own git
            server; a copy does not remember that.
    """

    origin: str | None = None
    modality: Kind | None = None
    sources: tuple[str, ...] = ()
    size: int | None = None
    pointers: bool = True
    loopback: bool = False

    def check(self, index: Index) -> None:
        """Refuse what a release cannot give.

        Raises:
            RequestError: It has no such source, or no such size.
        """
        known = [source.name for source in index.sources]
        for name in self.sources:
            if name not in known:
                raise RequestError(
                    f"Release {index.version} has no source {name!r}; it has: {', '.join(known)}."
                )
        if self.size not in _LAYERS:
            sizes = ", ".join(str(size) for size in _LAYERS if size)
            raise RequestError(
                f"There are no squares of {self.size} pixels in a release; there are: {sizes}. "
                "Other sizes are made while loading, from the images themselves."
            )

    def shards(self, index: Index) -> list[Shard]:
        """List the shards that hold what is wanted."""
        return [
            shard
            for shard in index.shards
            if shard.layer == _LAYERS[self.size]
            and (not self.sources or shard.source in self.sources)
            and (not self.modality or set(shard.modalities) & set(MODALITIES[self.modality]))
        ]

    def wants(self, row: Row) -> bool:
        """Return whether a row is among what is wanted."""
        record = row.record
        if self.sources and record.source not in self.sources:
            return False
        return not self.modality or record.modality in MODALITIES[self.modality]

    def small_files(self, index: Index) -> list[SmallFile]:
        """List the small files that every copy has."""
        return list(index.files)

    def write(self, folder: Path) -> None:
        """Remember it in a copy, for updates."""
        values = asdict(self)
        del values["loopback"]
        text = json.dumps({"schema": SCHEMA, **values}, indent=1)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> Request:
    """Read what a copy holds; everything, where it does not say."""
    file = folder / FILE
    if not file.exists():
        return Request()
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        values = {name: values[name] for name in values if name not in ("schema", "loopback")}
        return Request(**{**values, "sources": tuple(values["sources"])})
    except (ValueError, TypeError, KeyError):
        raise RequestError(
            f"{file} does not say what this copy holds. Delete it, and run "
            f"`covid19-images download {folder}` with what you want."
        ) from None
