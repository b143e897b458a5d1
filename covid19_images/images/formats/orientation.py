"""Turn pictures upright as their camera or scanner says: EXIF 2.32, tag 0x0112, values 2 to 8."""

import struct

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from covid19_images.images.formats.picture import Samples

UPRIGHT = 1
TAG = 0x0112
TURNED = range(2, 9)
_BROKEN = (ArithmeticError, LookupError, OSError, SyntaxError, TypeError, ValueError, struct.error)


def orientation(image: Image.Image) -> int:
    """Return how an image is to be turned, 1 to 8; 1 where nobody says."""
    try:
        return _checked(image.getexif().get(TAG))
    except _BROKEN:
        return UPRIGHT


def tiff_orientation(image: Image.Image) -> int | None:
    """Return how a TIFF image that is not loaded yet is to be turned; `None` for no TIFF."""
    return _checked(image.tag_v2.get(TAG)) if isinstance(image, TiffImageFile) else None


def _checked(value: object) -> int:
    return value if isinstance(value, int) and value in TURNED else UPRIGHT


def upright(samples: Samples, value: int) -> Samples:
    """Turn samples upright.

    Args:
        samples: As stored, shape (frames, height, width) or (frames, height, width, channels).
        value: The orientation.
    """
    if value == UPRIGHT:
        return samples
    turned = samples.swapaxes(1, 2) if value in (5, 6, 7, 8) else samples
    if value in (3, 4, 7, 8):
        turned = turned[:, ::-1]
    if value in (2, 3, 6, 7):
        turned = turned[:, :, ::-1]
    return np.ascontiguousarray(turned)
