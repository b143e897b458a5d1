"""Masks of a volume's copies, offered as masks of the volume: through the map between them.

They are no masks of the volume that anybody drew on it, and so they are not among its own: who uses
one says so. Voxels that the copy does not show have no class.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from covid19_images.download.copy import LocalCopy
from covid19_images.download.volumes import LocalVolume, mask, pairs, volumes
from covid19_images.images.volumes.rows import read_affine
from covid19_images.images.volumes.volume import Affine
from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.volume_pair import VolumePairRow

_ON_GRID = ("same_grid", "same_size")


@dataclass(frozen=True, slots=True, eq=False)
class OfferedMask:
    """A mask of a copy.

    Attributes:
        row: Its row of `masks.csv`.
        of: The copy that it is a mask of, `source/volume`.
        way: 4 × 4; from indices of the volume to those of the mask.
    """

    row: MaskRow
    of: str
    way: Affine


def offered_masks(copy: LocalCopy, volume: LocalVolume) -> list[OfferedMask]:
    """Return the masks of a volume's copies, where it is known how they lie in it.

    Args:
        copy: The local copy of a release.
        volume: One of its volumes.
    """
    others = {one.name: one for one in volumes(copy)}
    found = []
    for pair in pairs(copy):
        way = _way(pair, volume.name)
        other = others.get(pair.b if pair.a == volume.name else pair.a)
        if way is None or other is None:
            continue
        inside = ((row, _inside(row, other)) for row in other.masks)
        found += [
            OfferedMask(row, other.name, matrix @ way)
            for row, matrix in inside
            if matrix is not None
        ]
    return found


def values(copy: LocalCopy, volume: LocalVolume, one: OfferedMask) -> NDArray[Any] | None:
    """Return the values of an offered mask at each voxel of a volume, by the nearest of its own.

    Args:
        copy: The local copy of a release.
        volume: The volume that it is offered to.
        one: The mask.

    Returns:
        Whole numbers in the order columns, rows, slices; `None` where there is no file of it.
    """
    read = mask(copy, one.row)
    if read is None:
        return None
    found: NDArray[Any] = ndimage.affine_transform(
        read[0],
        one.way[:3, :3],
        one.way[:3, 3],
        output_shape=volume.size,
        order=0,
        mode="constant",
    )
    return found


def _way(pair: VolumePairRow, name: str) -> Affine | None:
    """Return the map from a volume's indices to those of the other of a pair."""
    if pair.affine is None or name not in pair.volumes or pair.b_is == "picture":
        return None
    there = read_affine(pair.affine)
    return there if pair.a == name else np.asarray(np.linalg.inv(there), np.float64)


def _inside(row: MaskRow, volume: LocalVolume) -> Affine | None:
    """Return the map from a volume's indices to those of its mask; `None` for an unknown one."""
    if row.agreement in _ON_GRID:
        return np.eye(4)
    if row.agreement == "affine" and row.affine and volume.affine is not None:
        return np.asarray(np.linalg.inv(read_affine(row.affine)) @ volume.affine, np.float64)
    return None
