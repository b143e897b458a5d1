"""Read the volumes of a series in a child process; voxels stay there, rows come back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from covid19_images.images.formats.picture import Limits
from covid19_images.images.refused import Refused
from covid19_images.images.volumes import rows
from covid19_images.images.volumes.read import read
from covid19_images.manifest import volume
from covid19_images.manifest.volume import SliceRow, VolumeRow
from flows.decoding.strips import draw
from flows.sandbox.processes import start_item_timer
from flows.upstream import blobs

_HERE = "here"  # stands for the source: who asks knows it


@dataclass(frozen=True, slots=True)
class Measured:
    """The files of a series, decoded, as rows: paths are numbers, and so are volumes.

    Attributes:
        rows: The volumes, in their order.
        slices: Their pictures; a path is the number of the blob, from 0.
        strips: What was drawn of them, by `flows.decoding.strips.of_volume`; it is kept apart.
    """

    rows: tuple[VolumeRow, ...] = ()
    slices: tuple[SliceRow, ...] = ()
    strips: Mapping[str, bytes] = field(default_factory=dict, compare=False)

    def to_bytes(self) -> bytes:
        """Write both tables."""
        return f"{volume.dumps(self.rows)}\0{volume.dumps_slices(self.slices)}".encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Measured":
        """Read what `to_bytes` wrote.

        Raises:
            ValueError: It is something else.
        """
        first, _, second = content.decode().partition("\0")
        found = sorted(volume.loads(first), key=lambda row: int(row.volume))
        return cls(tuple(found), tuple(volume.loads_slices(second)))


def measure_batch(batch: Sequence[Sequence[str]], clone: Path, limits: Limits) -> list[Measured]:
    """Read the volumes of a few series of one clone.

    Args:
        batch: The blobs of each.
        clone: The bare clone; it holds them.
        limits: What is too large.
    """
    return [_measured(clone, series, limits) for series in batch]


def _measured(clone: Path, series: Sequence[str], limits: Limits) -> Measured:
    contents = blobs.read(clone, series, max_bytes=limits.max_bytes)
    found = read(numbered(contents), limits=limits, before_each=start_item_timer)
    numbers = {str(number): blob for number, blob in enumerate(series)}
    made: list[VolumeRow] = []
    slices: list[SliceRow] = []
    drawn: dict[str, bytes] = {}
    for number, one in enumerate(found):
        name = str(number)
        made.append(rows.volume_row(one.volume, source=_HERE, name=name, blobs=numbers))
        slices += rows.slice_rows(one.volume, source=_HERE, name=name)
        drawn |= draw(made[-1], one)
    return Measured(tuple(made), tuple(slices), drawn)


def numbered(contents: Iterator[tuple[str, bytes | Refused]]) -> Iterator[tuple[str, bytes]]:
    """Yield contents by their numbers, from 0, as names of files; what was not read is empty."""
    for number, (_, content) in enumerate(contents):
        yield str(number), b"" if isinstance(content, Refused) else content
