"""Masks of pictures: their own, and those of their copies, offered through the map between them.

A mask that is offered was drawn on another picture. It is not among the picture's own, and who uses
it says so. Pixels that the copy does not show have no class.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from covid19_images.download import volumes
from covid19_images.download.copy import LocalCopy, LocalCopyError
from covid19_images.manifest import offered_mask
from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.offered_mask import OfferedMaskRow
from covid19_images.manifest.record import Record
from covid19_images.release.volumes import OFFERED_TABLE, mask_member


def offered(copy: LocalCopy) -> list[OfferedMaskRow]:
    """List the masks that the release of a copy offers to pictures, where the copy has their files.

    Raises:
        LocalCopyError: The table cannot be read.
    """
    text = copy.table(OFFERED_TABLE)
    try:
        rows = offered_mask.loads(text) if text else []
    except ValueError as error:
        raise LocalCopyError(f"{copy.folder / OFFERED_TABLE} cannot be read: {error}") from None
    if not rows:
        return []
    held, own = copy.mask_names(), _by_key(copy)
    return [row for row in rows if row.mask in own and mask_member(own[row.mask]) in held]


def values(copy: LocalCopy, picture: Record, one: OfferedMaskRow) -> NDArray[Any] | None:
    """Return the values of an offered mask at each pixel of a picture, by the nearest of its own.

    Args:
        copy: The local copy of a release.
        picture: The picture that it is offered to.
        one: The mask.

    Returns:
        Whole numbers, shape (height, width), where `masks.csv` says what each means; `None` where
        there is no file of it, or the picture's size is not known.
    """
    row = _by_key(copy).get(one.mask)
    read = None if row is None else volumes.mask(copy, row)
    if read is None or not picture.width or not picture.height:
        return None
    matrix = np.array(one.numbers).reshape(2, 3)
    found: NDArray[Any] = ndimage.affine_transform(
        read[0].reshape(read[0].shape[:2]),
        matrix[:, :2],
        matrix[:, 2],
        output_shape=(picture.width, picture.height),
        order=0,
        mode="constant",
    )
    return found.T


def _by_key(copy: LocalCopy) -> dict[tuple[str, str], MaskRow]:
    return {row.key: row for row in volumes.masks(copy)}
