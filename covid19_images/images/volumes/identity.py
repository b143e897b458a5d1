"""Name a volume by its voxels, whatever file format and order of slices they come in."""

import hashlib
from collections.abc import Iterator
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from covid19_images.images.volumes.volume import Affine

_SLAB_BYTES = 64 * 2**20
_MOST = 2**24  # whole numbers up to here are exact in 32-bit floats


def canonical(voxels: NDArray[Any], affine: Affine | None) -> NDArray[Any]:
    """Return voxels turned so that their axes run to the right, the front and the head.

    Axes are swapped and reversed, never resampled: an oblique volume stays oblique.

    Args:
        voxels: In the order columns, rows, slices.
        affine: Where they are, in RAS+; where it is not known they stay as they are.
    """
    if affine is None:
        return voxels
    axes = nib.io_orientation(affine)  # type: ignore[no-untyped-call]
    turned: NDArray[Any] = nib.apply_orientation(voxels, axes)  # type: ignore[no-untyped-call]
    return turned


def canonical_order(affine: Affine | None) -> tuple[tuple[int, bool], ...]:
    """Return what `canonical` makes each axis of: which one that was, and whether it is reversed.

    Args:
        affine: Where voxels are, in RAS+.
    """
    if affine is None:
        return (0, False), (1, False), (2, False)
    to, turns = nib.io_orientation(affine).T  # type: ignore[no-untyped-call]
    order = [int(np.flatnonzero(to == axis)[0]) for axis in range(3)]
    return tuple((axis, bool(turns[axis] < 0)) for axis in order)


def volume_id(
    voxels: NDArray[Any],
    affine: Affine | None,
    *,
    slope: float = 1.0,
    intercept: float = 0.0,
) -> str:
    """Return the id of a volume: of its size and values in canonical orientation.

    Values are hashed as 32-bit floats, so that Hounsfield units stored as integers with an offset,
    as integers without one, and as floats are the same.

    Args:
        voxels: In the order columns, rows, slices.
        affine: Where they are, in RAS+.
        slope: What stored samples are multiplied with.
        intercept: What is added then.
    """
    return measured(voxels, affine, slope=slope, intercept=intercept)[0]


def measured(
    voxels: NDArray[Any],
    affine: Affine | None,
    *,
    slope: float = 1.0,
    intercept: float = 0.0,
) -> tuple[str, bool]:
    """Return the id of a volume, as `volume_id` does, and whether all its values are numbers.

    Values are read in slabs: voxels may be on disk, in any order of axes.
    """
    turned = canonical(voxels, affine)
    size = " ".join(map(str, turned.shape))
    digest = hashlib.sha256(f"volume {size}\n".encode())
    is_exact = _is_exact(turned.dtype, slope, intercept)
    kind: Any = np.float32 if is_exact else np.float64
    are_numbers = True
    for plane in _planes(turned):
        with np.errstate(all="ignore"):  # a hostile slope gives infinite values
            values = plane.T.astype(kind) * kind(slope) + kind(intercept)
            flat = np.ascontiguousarray(values + kind(0), "<f4")  # there is no -0
        digest.update(flat.data)
        are_numbers &= is_exact or bool(np.isfinite(flat).all())
    return f"c19v-{digest.hexdigest()[:16]}", are_numbers


def _planes(turned: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield the planes to the head, of a copy of some at a time where each is spread over all.

    A plane of a sagittal series is a row of every stored slice: one by one, each plane of a volume
    on disk would read all of it.
    """
    planes = np.moveaxis(turned, 2, 0)
    strides = [abs(step) for step in planes.strides]
    count = 1 if strides[0] == max(strides) else max(1, _SLAB_BYTES // max(planes[0].nbytes, 1))
    for start in range(0, len(planes), count):
        slab = planes[start : start + count]
        yield from slab if count == 1 else np.ascontiguousarray(slab)


def _is_exact(stored: np.dtype[Any], slope: float, intercept: float) -> bool:
    """Return whether 32-bit floats hold all values, and so are as good as longer ones."""
    is_whole = float(slope).is_integer() and float(intercept).is_integer()
    most = abs(slope) * 2.0 ** (8 * stored.itemsize) + abs(intercept)
    return stored.kind in "iu" and is_whole and most < _MOST
