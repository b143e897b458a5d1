"""Put a volume on another grid: other spacing, or where another volume is."""

from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from covid19_images.images.volumes.volume import Affine


def canonical_affine(affine: Affine | None, size: tuple[int, ...]) -> Affine | None:
    """Return where voxels are that `identity.canonical` turned.

    Args:
        affine: Where they were.
        size: How many there were along each axis.
    """
    if affine is None:
        return None
    axes = nib.io_orientation(affine)  # type: ignore[no-untyped-call]
    return np.asarray(affine @ nib.orientations.inv_ornt_aff(axes, size))  # type: ignore[no-untyped-call]


def grid_of(
    affine: Affine | None, size: tuple[int, ...], spacing: tuple[float, float, float] | None
) -> tuple[Affine | None, tuple[int, ...]]:
    """Return affine and size of what is asked for: as large in mm, the middle where it was.

    Args:
        affine: Of the volume.
        size: How many voxels it has along each axis.
        spacing: From voxel to voxel; `None` for its own.
    """
    if affine is None or spacing is None:
        return affine, size
    factors = np.array(spacing) / np.linalg.norm(affine[:3, :3], axis=0)
    wanted = np.maximum(np.rint(np.array(size) / factors), 1).astype(int)
    step = np.diag([*factors, 1.0])
    step[:3, 3] = (np.array(size) - 1) / 2 - factors * (wanted - 1) / 2
    return affine @ step, tuple(int(n) for n in wanted)


def resampled(
    values: NDArray[Any],
    affine: Affine | None,
    grid: Affine | None,
    size: tuple[int, ...],
    *,
    order: int,
    outside: str = "nearest",
) -> NDArray[Any]:
    """Return values on another grid.

    Args:
        values: Of each voxel.
        affine: Where they are.
        grid: Where they are asked for.
        size: How many are asked for along each axis.
        order: 1 for measures, between which others lie; 0 for the numbers of classes.
        outside: What is beyond the edge, as SciPy calls it.
    """
    assert affine is not None
    assert grid is not None
    way = np.linalg.inv(affine) @ grid
    found: NDArray[Any] = ndimage.affine_transform(
        values, way[:3, :3], way[:3, 3], output_shape=size, order=order, mode=outside
    )
    return found
