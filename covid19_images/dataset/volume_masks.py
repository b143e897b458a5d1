"""The masks of a volume, on the grid that was asked for."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from covid19_images.download import volumes as local
from covid19_images.download.copy import LocalCopy
from covid19_images.download.volumes import LocalVolume
from covid19_images.images.volumes.identity import canonical
from covid19_images.images.volumes.resample import resampled
from covid19_images.images.volumes.volume import Affine
from covid19_images.manifest.mask import MaskRow

_ON_ITS_GRID = ("same_grid", "affine")


def shows(row: MaskRow, name: str) -> bool:
    """Return whether a mask shows a class, at a place in its volume that is known."""
    return name in row.classes and row.agreement in _ON_ITS_GRID


def on_grid(
    copy: LocalCopy, volume: LocalVolume, name: str, where: tuple[Affine | None, tuple[int, ...]]
) -> NDArray[np.uint8]:
    """Return where any mask of a volume shows a class.

    Args:
        copy: The copy.
        volume: One of its volumes.
        name: The class.
        where: Affine and size of what was asked for.

    Returns:
        0 or 1, of that size.
    """
    grid, size = where
    found = np.zeros(size, np.uint8)
    for row in volume.masks:
        outlined = local.mask(copy, row) if shows(row, name) else None
        if outlined is None:
            continue
        values, affine = outlined
        wanted = np.asarray(_outline(values, row, name), np.uint8)
        if affine is None or grid is None:
            found |= canonical(wanted, volume.affine)
        else:
            found |= resampled(wanted, affine, grid, size, order=0, outside="grid-constant")
    return found


def _outline(values: NDArray[Any], row: MaskRow, name: str) -> NDArray[np.bool_]:
    meant = row.values_of(name)
    if "*" in meant:
        return np.asarray(values != 0)
    return np.isin(values, [int(value) for value in meant])
