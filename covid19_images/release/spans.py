"""Where the pictures of a release stand in its shards, so that one can be read without the others.

`spans-<layer>.csv` has a row for each picture of each shard of a layer. Copies do not get these
files: a shard on this disk is its own table of contents.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from covid19_images.manifest import identifiers
from covid19_images.manifest.dataclass_csv import Table
from covid19_images.release import tar as tars
from covid19_images.release.index import Layer

_BESIDE = ".json"  # of a picture: the scale of a slice's values; squares have none
MASK_SPANS = "spans-masks.csv"
"""The same of the masks' tar, where a release has one."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """One picture's place in a shard.

    Attributes:
        shard: The tar.
        member: Its name in there.
        offset: Its first byte.
        size: In bytes.
        sha256: Of these bytes.
    """

    shard: str
    member: str
    offset: int
    size: int
    sha256: str


def spans_name(layer: Layer) -> str:
    """Return the name of the file of a layer.

    >>> spans_name("sized224")
    'spans-sized224.csv'
    """
    return f"spans-{layer}.csv"


def _odd(cells: Mapping[str, object]) -> Iterator[str]:
    yield from identifiers.odd(cells)
    for name in ("offset", "size"):
        value = cells[name]
        if not isinstance(value, int) or value < 0:
            yield name


_TABLE = Table(Span, "spans.csv", odd=_odd)
loads = _TABLE.loads


def dumps(spans: Iterable[Span]) -> str:
    """Write the file, sorted."""
    return _TABLE.dumps(sorted(spans))


def of_shard(file: Path, name: str, layer: Layer = "images") -> list[Span]:
    """Return where the pictures of a tar stand, and of images what is said beside them.

    Args:
        file: The tar.
        name: What it is called in a release.
        layer: What the tar holds.
    """
    found = []
    with file.open("rb") as stream:
        for member, (offset, size) in tars.spans(file).items():
            if layer == "images" or not member.endswith(_BESIDE):
                stream.seek(offset)
                digest = hashlib.sha256(stream.read(size)).hexdigest()
                found.append(Span(name, member, offset, size, digest))
    return found
