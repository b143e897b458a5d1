"""Which part of a volume an item is: a patch drawn by seed, or a slice with its neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covid19_images.images.volumes.volume import Affine


@dataclass(frozen=True, slots=True)
class VolumePart:
    """A box of voxels; what of it is outside of the volume is its edge, which goes on.

    Attributes:
        first: The first voxel along each axis; below 0 where it begins outside.
        size: How many voxels along each axis.
    """

    first: tuple[int, ...]
    size: tuple[int, ...]

    def reaches(self, axis: int, count: int) -> tuple[int, int]:
        """Return from where to where voxels are needed along an axis, the last not included.

        Args:
            axis: Which.
            count: How many voxels the volume has along it.
        """
        places = self._places(axis, count)
        return int(places.min()), int(places.max()) + 1

    def _places(self, axis: int, count: int) -> NDArray[np.intp]:
        wanted = np.arange(self.first[axis], self.first[axis] + self.size[axis])
        return np.clip(wanted, 0, count - 1)

    def of_image(
        self, values: NDArray[Any], shape: Sequence[int], begins: Sequence[int] = (0, 0, 0)
    ) -> NDArray[Any]:
        """Cut it out of values.

        Args:
            values: Of the volume, or of what `reaches` says of it.
            shape: Of the volume.
            begins: Which voxel of the volume is the first of `values`, along each axis.
        """
        places = [
            self._places(axis, count) - start
            for axis, (count, start) in enumerate(zip(shape, begins, strict=True))
        ]
        return np.ascontiguousarray(values[np.ix_(*places)])

    def of_mask(
        self, mask: NDArray[np.uint8], shape: Sequence[int], begins: Sequence[int] = (0, 0, 0)
    ) -> NDArray[np.uint8]:
        """Cut it out of a mask, classes first; nothing is outlined outside of the volume.

        Args:
            mask: Of the volume, or of what `reaches` says of it.
            shape: Of the volume.
            begins: Which voxel of the volume is the first of `mask`, along each axis.
        """
        cut = np.stack([self.of_image(one, shape, begins) for one in mask]) if len(mask) else None
        if cut is None:
            return np.zeros((0, *self.size), np.uint8)
        for axis, count in enumerate(shape):
            wanted = np.arange(self.first[axis], self.first[axis] + self.size[axis])
            outside = (wanted < 0) | (wanted >= count)
            np.moveaxis(cut, axis + 1, 0)[outside] = 0
        return cut

    def affine(self, whole: Affine | None) -> Affine | None:
        """Return where its voxels are.

        Args:
            whole: Where those of the volume are.
        """
        if whole is None:
            return None
        move = np.eye(4)
        move[:3, 3] = self.first
        return whole @ move


def drawn(shape: Sequence[int], size: Sequence[int], random: np.random.Generator) -> VolumePart:
    """Draw the place of a patch; where a volume is smaller, it is in the middle.

    Args:
        shape: Of the volume.
        size: Of the patch.
        random: Draws.
    """
    missing = [max(wanted - there, 0) for wanted, there in zip(size, shape, strict=True)]
    places = [
        int(random.integers(there + lack - wanted + 1)) - lack // 2
        for wanted, there, lack in zip(size, shape, missing, strict=True)
    ]
    return VolumePart(tuple(places), tuple(size))


def slab(shape: Sequence[int], at: int, neighbours: int) -> VolumePart:
    """Return an axial slice and its neighbours.

    Args:
        shape: Of the volume.
        at: The slice, from the feet.
        neighbours: How many on each side.
    """
    return VolumePart((0, 0, at - neighbours), (*shape[:2], 2 * neighbours + 1))
