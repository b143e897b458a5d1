"""What copies of a volume are proposed by: its size, and the features of its slices."""

from dataclasses import dataclass

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.features import Features
from covid19_images.duplicates.transforms import frame
from covid19_images.images.volumes.volume import Affine

PLANE_PX = 512  # long side of a plane: noise is fine
_LEAST_PX = 8


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Slices:
    """A volume as it is proposed, without its voxels.

    Attributes:
        key: Names it among others.
        features: Of each slice, as of a picture.
        size: Columns, rows and slices in canonical orientation.
        turn: 4 × 4; from stored indices to canonical ones.
        volume_id: Equal for equal voxels.
        is_placed: Whether it is known which way its axes run.
        series: Whose slice it is, and so different from all others of it.
        as_stored: Whether features are of slices as they are stored; canonical ones by default.
    """

    key: str
    features: tuple[Features, ...]
    size: tuple[int, int, int]
    turn: Affine
    volume_id: str | None = None
    is_placed: bool = False
    series: str | None = None
    as_stored: bool = False

    @property
    def plane_shape(self) -> tuple[int, int]:
        """Return rows and columns of its planes."""
        return shrunk_shape(self.size[1], self.size[0])

    @property
    def to_planes(self) -> Affine:
        """Return the way from canonical indices to columns, rows and slices of the planes."""
        way = np.eye(4)
        for axis, pixels in enumerate(self.plane_shape[::-1]):
            scale = pixels / self.size[axis]
            way[axis, axis], way[axis, 3] = scale, (scale - 1) / 2
        return way

    def to_frame(self, features: Features) -> Affine:
        """Return the map, 3 × 3, from its planes to the frame of a slice's features.

        The frame of a figure is larger than others.
        """
        high, wide = frame(features).shape
        pictures = np.linalg.inv(self.turn) if self.as_stored else np.eye(4)
        ends = np.array([[0, 0, 0], self.size]) - [[0.5], [0.5]]
        corners = np.sort(ends @ pictures[:3, :3].T + pictures[:3, 3], axis=0)[1] + 0.5
        x, y = wide / corners[0], high / corners[1]
        scaled = np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1.0]])
        shown = pictures @ np.linalg.inv(self.to_planes)
        return np.asarray(scaled @ shown[np.ix_([0, 1, 3], [0, 1, 3])], np.float64)


def turn_of(affine: Affine | None, shape: tuple[int, int, int]) -> tuple[Affine, Affine | None]:
    """Return the way from stored indices to canonical ones, and the axes as nibabel has them.

    Args:
        affine: Where voxels are, in RAS+; where it is not known they stay as they are.
        shape: Columns, rows and slices as stored.
    """
    if affine is None:
        return np.eye(4), None
    axes = nib.io_orientation(affine)  # type: ignore[no-untyped-call]
    back = nib.orientations.inv_ornt_aff(axes, shape)  # type: ignore[no-untyped-call]
    return np.linalg.inv(back), axes


def shrunk_shape(rows: int, columns: int) -> tuple[int, int]:
    """Return rows and columns of a plane: those of the slice, or fewer.

    >>> shrunk_shape(100, 80), shrunk_shape(1024, 512)
    ((100, 80), (512, 256))
    """
    scale = PLANE_PX / max(rows, columns)
    if scale >= 1:
        return rows, columns
    return max(_LEAST_PX, round(rows * scale)), max(_LEAST_PX, round(columns * scale))


def sizes(shape: tuple[int, int, int], turn: Affine) -> tuple[int, int, int]:
    """Return columns, rows and slices in canonical orientation."""
    columns, rows, slices = np.rint(np.abs(turn[:3, :3]) @ np.array(shape)).astype(int).tolist()
    return columns, rows, slices


def is_in_plane(turn: NDArray[np.float64]) -> bool:
    """Return whether stored slices are canonical ones: axial, for CT as it is."""
    return bool(abs(turn[2, 2]) == 1)
