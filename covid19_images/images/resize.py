"""Resize a picture to the square sizes people train at.

One rule, one function: a release is built with it and a loader resizes with it, so that both
give the same numbers.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def sized(levels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Scale the short side to `size`, and keep the square in the middle.

    There are no bars at the sides and no distortion. Pillow's bilinear filter is used, as
    torchvision's recipes do: it averages over all pixels that fall together (antialiased), takes
    half the time of the bicubic one, and calculates in whole numbers, so that every machine gives
    the same result.

    Args:
        levels: Grey levels, shape (height, width).
        size: Side of the square in pixels.

    Returns:
        Grey levels, shape (size, size).

    >>> sized(np.zeros((300, 500), np.uint8), 224).shape
    (224, 224)
    """
    height, width = levels.shape
    short = min(height, width)
    left, top = (width - short) / 2, (height - short) / 2
    square = (left, top, left + short, top + short)
    picture = Image.fromarray(levels)
    return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR, box=square))
