"""What a loader gives of a volume: its image, its mask, and where they are."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covid19_images.dataset.volume_parts import VolumePart
from covid19_images.images.volumes.volume import Affine


@dataclass(frozen=True, slots=True)
class VolumeItem:
    """A volume as it was asked for.

    Attributes:
        image: float32, axes to the right, the front and the head; in the volume's units, or from
            0 to 1 where a window was asked for.
        mask: uint8, 0 or 1, the classes of masks first; no classes, where none was asked for.
        affine: From voxels to mm in RAS+; `None` where it is not known.
        target: Of its pictures; see `Label.targets`.
        key: `source/volume`; of a slice also its number, from 1 at the feet.
        is_slice: Whether it is a slice: then `image` has its neighbours first, as channels, and
            `image` and `mask` no axis to the head.
    """

    image: NDArray[np.float32]
    mask: NDArray[np.uint8]
    affine: Affine | None
    target: Any
    key: str
    is_slice: bool = False

    @property
    def channels_first(self) -> NDArray[np.float32]:
        """Return the image with its channels first: one, or a slice and its neighbours."""
        return self.image if self.is_slice else self.image[None]

    @property
    def channels_last(self) -> NDArray[np.float32]:
        """Return the image with its channels last."""
        return np.ascontiguousarray(np.moveaxis(self.channels_first, 0, -1))


def as_slice(item: VolumeItem, neighbours: int, number: int) -> VolumeItem:
    """Return a slab as a slice: its neighbours are channels, its mask is of the middle.

    Args:
        item: The slab.
        neighbours: How many slices there are on each side of the middle.
        number: Of the middle in its volume, from 0 at the feet.
    """
    affine = item.affine
    if affine is not None:
        affine = VolumePart((0, 0, neighbours), (1, 1, 1)).affine(affine)
    return replace(
        item,
        image=np.ascontiguousarray(np.moveaxis(item.image, 2, 0)),
        mask=np.ascontiguousarray(item.mask[..., neighbours]),
        affine=affine,
        key=f"{item.key}/{number + 1}",
        is_slice=True,
    )
