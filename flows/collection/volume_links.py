"""Which pictures belong together because the volumes that they make are copies."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from covid19_images.manifest.volume import SliceRow, VolumeRow
from covid19_images.manifest.volume_pair import VolumePairRow
from flows.collection.duplicates import Pair
from flows.collection.volumes import Volumes


def linked(volumes: Volumes) -> list[Pair]:
    """Return the pictures that show one slice, or of which one is a slice of the other's volume.

    They stand as parts: they are in one group, and a takedown of one holds the other; which one a
    set keeps is said of volumes.

    Args:
        volumes: The volumes and their pairs.
    """
    if not volumes.pairs:
        return []
    slices = volumes.by_volume()
    rows = {"/".join(row.key): row for row in volumes.rows}
    found = {
        (min(one, other), max(one, other))
        for pair in volumes.pairs
        for one, other in _of_pair(pair, rows, slices)
        if one != other
    }
    return [Pair(a=a, b=b, kind="part") for a, b in sorted(found)]


def _of_pair(
    pair: VolumePairRow,
    rows: Mapping[str, VolumeRow],
    slices: Mapping[tuple[str, str], Sequence[SliceRow]],
) -> Iterator[tuple[str, str]]:
    a = rows[pair.a]
    own = slices[a.key]
    if pair.b_is == "picture":
        other = [SliceRow(source="", path="", volume="", slice=1)]
        size, names = 1, [pair.b]
    else:
        b = rows[pair.b]
        other = list(slices[b.key])
        size, names = b.slices or 1, [one.image for one in other]
    for one in own:
        at = _place(pair, a, one)
        for there, name in zip(other, names, strict=True):
            if at is None or there.slice is None or _is_at(there.slice, at, size):
                yield one.image, name


def _is_at(number: int, place: float, size: int) -> bool:
    """Return whether a slice, by its number from 1, is the one at a place, or nearest to it."""
    inside = -0.5 <= place <= size - 0.5
    return inside and abs(number - 1 - place) <= 0.5


def _place(pair: VolumePairRow, volume: VolumeRow, one: SliceRow) -> float | None:
    """Return where the middle of a slice is among those of the other; `None` for any place."""
    if pair.affine is None or one.slice is None:
        return None
    matrix = _matrix(pair.affine)
    if not np.allclose(matrix[2, :2], 0, atol=1e-3):  # their slices cross
        return None
    middle = ((volume.columns or 1) - 1) / 2, ((volume.rows or 1) - 1) / 2, one.slice - 1, 1
    return float(matrix[2] @ middle)


def _matrix(affine: str) -> NDArray[np.float64]:
    return np.array([float(word) for word in affine.split(" ")]).reshape(3, 4)
