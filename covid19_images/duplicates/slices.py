"""Distinguish CT slices from X-rays, where no source says which it is."""

import cv2
import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.picture import Item
from covid19_images.duplicates.transforms import frame

_RIM = 20  # the rim is a twentieth of the shorter side
_SAME_LEVEL = 8
_FLAT_SHARE = 0.55


def is_slice(item: Item) -> bool:
    """Return whether a picture is a CT slice, by its modality or else by its looks."""
    if item.modality:
        return item.modality == "CT"
    return looks_like_slice(frame(item.features))


def looks_like_slice(picture: NDArray[np.uint8]) -> bool:
    """Return whether there is air all around the body.

    On each of the four sides, more than half of the rim has one grey level: so it is on all 56
    full axial slices of covid-19-pos-case and on none of 1,734 X-rays. Slices cut to the lungs
    are missed.
    """
    smooth = cv2.GaussianBlur(picture, (0, 0), 1).astype(np.int16)
    rim = max(2, min(smooth.shape) // _RIM)
    sides = (smooth[:rim], smooth[-rim:], smooth[:, :rim], smooth[:, -rim:])
    return all((abs(side - np.median(side)) < _SAME_LEVEL).mean() > _FLAT_SHARE for side in sides)
