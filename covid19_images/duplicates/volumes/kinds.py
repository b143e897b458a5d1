"""Name how a copy of a volume was made."""

import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.volumes.slices import Slices
from covid19_images.manifest.volume_pair import VolumeKind

_WHOLE = 0.97
_SAME_STEP = 0.015  # of a voxel's size: measured on pictures of 128 px


def kind_of(a: Slices, b: Slices, indices: NDArray[np.float64]) -> VolumeKind:
    """Return the kind of a copy; where several are true, the first that changes most.

    Args:
        a: One volume.
        b: The other.
        indices: 4 × 4; from canonical indices of a to those of b.
    """
    if min(a.size[2], b.size[2]) == 1 < max(a.size[2], b.size[2]):
        return "slice"
    linear = indices[:3, :3]
    is_known = a.is_placed and b.is_placed
    if np.linalg.det(linear) < 0 or (is_known and np.diag(linear).min() < 0):
        return "flipped"
    across, along = _cover(a, b, indices)
    if across < _WHOLE:
        return "cropped"
    if along < _WHOLE:
        return "part"
    steps = np.linalg.norm(linear, axis=0)
    return "resampled" if np.abs(steps - 1).max() > _SAME_STEP else "windowed"


def _cover(a: Slices, b: Slices, indices: NDArray[np.float64]) -> tuple[float, float]:
    """Return how much both cover of each other: in the plane, and along the axis."""
    across, along = [], []
    for mine, theirs, way in (
        (a, b, indices),
        (b, a, np.asarray(np.linalg.inv(indices), np.float64)),
    ):
        low, high = np.full(3, -0.5), np.array(mine.size) - 0.5
        ends = np.array([low, high]) @ way[:3, :3].T + way[:3, 3]
        inside = np.clip(ends, -0.5, np.array(theirs.size) - 0.5)
        share = np.abs(inside[1] - inside[0]) / np.abs(np.array(theirs.size))
        across.append(float(share[:2].prod()))
        # Half a slice at each end is no slice that is missing.
        along.append(float(share[2]) + 1.01 * _step(way) / theirs.size[2])
    return min(across), min(along)


def _step(way: NDArray[np.float64]) -> float:
    return max(1.0, float(abs(way[2, 2]))) / 2
