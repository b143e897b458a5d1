"""Pack images into plain tars: the same images give the same bytes.

Nothing is compressed (the pictures are already); owners, modes and times are fixed.
"""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from covid19_images.manifest.inside import below
from covid19_images.release.index import Layer
from covid19_images.release.membership import Member
from covid19_images.release.names import sized_name

MAX_SHARD_BYTES = 1_900_000_000  # GitHub takes files below 2 GiB
LAYERS: tuple[Layer, ...] = ("images", "sized224", "sized512")

_MTIME_S = 1_577_836_800  # 2020-01-01; tar warns of times before computers
_BLOCK, _RECORD = 512, 10_240  # bytes


@dataclass(frozen=True, slots=True)
class Packed:
    """One image, ready to be put into the shards of all layers.

    Attributes:
        member: Its place; the shard may be left open.
        main: The member that stands for it.
        entries: Names and contents by layer.
    """

    member: Member
    main: str
    entries: Mapping[Layer, Sequence[tuple[str, bytes]]]


@dataclass(frozen=True, slots=True)
class File:
    """A file that was written: its name, size in bytes and sha256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Written:
    """One shard, in all layers.

    Attributes:
        members: What it holds.
        mains: The member that stands for each image, by image id.
        files: The tars by layer.
    """

    members: tuple[Member, ...]
    mains: Mapping[str, str]
    files: Mapping[Layer, File]


class _Tar:
    """A tar that is hashed while it is written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._part = file.with_name(f".{file.name}.part")
        self._out = self._part.open("wb")
        self._digest = hashlib.sha256()
        stream = cast("IO[bytes]", self)  # all a stream of tar needs is `write`
        self._tar = tarfile.TarFile.open(fileobj=stream, mode="w|", format=tarfile.USTAR_FORMAT)
        self._written = 0

    def write(self, chunk: bytes) -> int:
        self._digest.update(chunk)
        self._written += len(chunk)
        return self._out.write(chunk)

    def add(self, name: str, content: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = len(content), 0o644, _MTIME_S
        self._tar.addfile(member, io.BytesIO(content))

    def close(self) -> File:
        self._tar.close()
        self._out.flush()
        os.fsync(self._out.fileno())
        self._out.close()
        self._part.replace(self._file)
        return File(self._file.name, self._written, self._digest.hexdigest())


def write_tar(file: Path, entries: Iterable[tuple[str, bytes]]) -> File:
    """Write a plain tar; it has its name when it is whole.

    Args:
        file: The tar.
        entries: Names and contents, in their order.
    """
    tar = _Tar(file)
    for name, content in entries:
        tar.add(name, content)
    return tar.close()


@dataclass(slots=True)
class _Open:
    """A shard that is being filled."""

    name: str
    tars: dict[Layer, _Tar]
    sizes: dict[Layer, int]
    members: list[Member] = field(default_factory=list)
    mains: dict[str, str] = field(default_factory=dict)

    @classmethod
    def begin(cls, folder: Path, name: str, layers: Iterable[Layer]) -> "_Open":
        tars = {layer: _Tar(below(folder, layer_name(name, layer))) for layer in layers}
        return cls(name, tars, dict.fromkeys(tars, 2 * _BLOCK))

    def has_room(self, packed: Packed, max_bytes: int) -> bool:
        return all(
            _round(self.sizes[layer] + _size(packed.entries[layer]), _RECORD) <= max_bytes
            for layer in self.tars
        )

    def add(self, packed: Packed) -> None:
        for layer in self.tars:
            for name, content in packed.entries[layer]:
                self.tars[layer].add(name, content)
            self.sizes[layer] += _size(packed.entries[layer])
        old = packed.member
        self.members.append(Member(self.name, old.image_id, old.blob, old.licence))
        self.mains[old.image_id] = packed.main

    def close(self) -> Written:
        files = {layer: tar.close() for layer, tar in self.tars.items()}
        return Written(tuple(self.members), self.mains, files)


def _round(size: int, unit: int) -> int:
    return -(-size // unit) * unit


def _size(entries: Sequence[tuple[str, bytes]]) -> int:
    return sum(_BLOCK + _round(len(content), _BLOCK) for _, content in entries)


def layer_name(shard: str, layer: Layer) -> str:
    """Return the tar of a layer by the shard of images it belongs to."""
    return (
        shard
        if layer in ("images", "features")
        else sized_name(shard, int(layer.removeprefix("sized")))
    )


def shard_name(source: str, number: int) -> str:
    """Return the name of a shard.

    >>> shard_name("hannover", 3)
    'images-hannover-00003.tar'
    """
    return f"images-{source}-{number:05d}.tar"


def next_number(shards: Iterable[str]) -> int:
    """Return the number after the highest one used.

    >>> next_number(["images-x-00000.tar", "images-x-00004.tar"])
    5
    """
    numbers = (int(name.removesuffix(".tar").rpartition("-")[2]) for name in shards)
    return max(numbers, default=-1) + 1


def fill(
    folder: Path,
    names: Iterator[str],
    images: Iterable[Packed],
    *,
    max_bytes: int = MAX_SHARD_BYTES,
) -> Iterator[Written]:
    """Write images into shards, one after the other, each as full as it may get.

    Args:
        folder: Where the tars go; none has its name before it is whole.
        names: Names for the shards, of the layer `images`.
        images: The images, in their order.
        max_bytes: The largest tar.

    Yields:
        What was written.
    """
    shard: _Open | None = None
    for packed in images:
        if shard is not None and not shard.has_room(packed, max_bytes):
            yield shard.close()
            shard = None
        if shard is None:
            shard = _Open.begin(folder, next(names), packed.entries)
        shard.add(packed)
    if shard is not None:
        yield shard.close()
