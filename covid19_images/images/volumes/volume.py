"""A volume: voxels in space, and what is odd about them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covid19_images.manifest.volume import Units, VolumeFinding, VolumeType

Affine = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one frame of one file is in a volume.

    Attributes:
        file: The file, as the reader was given it.
        frame: Its frame, from 0; `None` where the file has only one, or is the whole volume.
        index: Its place along the third axis, from 0; `None` where it is left out because another
            frame is at the same position, or where the file is the whole volume.
    """

    file: str
    frame: int | None = None
    index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Describe one volume, without its voxels.

    Axes are columns, rows and slices, as in NIfTI. `None` means not known.

    Attributes:
        media_type: What its files are.
        size: Voxels along each axis.
        places: Where each frame of each file belongs.
        volume_id: Names the voxels, whatever their format, orientation and order of slices.
        affine: 4 × 4; from indices to millimetres in RAS+ (right, anterior, superior).
        thickness_mm: Of a slice, as the header says.
        kernel: The reconstruction kernel.
        window: Centre and width, where all slices have the same.
        units: `HU` where the rescale says so.
        finding: What is odd about it.
        gaps: Where slices are missing: index of the slice before, from 0, and how many.
    """

    media_type: VolumeType
    size: tuple[int, int, int]
    places: tuple[Place, ...]
    volume_id: str | None = None
    affine: Affine | None = None
    thickness_mm: float | None = None
    kernel: str | None = None
    window: tuple[float, float] | None = None
    units: Units = "unknown"
    finding: tuple[VolumeFinding, ...] = ()
    gaps: tuple[tuple[int, int], ...] = ()

    @property
    def spacing_mm(self) -> tuple[float, float, float] | None:
        """Return the distance of neighbouring voxels along each axis."""
        if self.affine is None:
            return None
        x, y, z = (float(step) for step in np.linalg.norm(self.affine[:3, :3], axis=0))
        return x, y, z

    @property
    def missing(self) -> int:
        """Count the slices that are missing in its gaps."""
        return sum(count for _, count in self.gaps)
