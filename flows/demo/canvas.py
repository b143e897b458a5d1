"""What every drawing here is made with: layers, sub-pixel coordinates, and smooth noise."""

from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Finding = Literal["opacity", "consolidation", "interstitial"]
Floats = NDArray[np.floating[Any]]
Layer = NDArray[np.float32]

SUBPIXEL_BITS = 4
"""Fractional bits of the fixed-point pixels that OpenCV draws with."""


def fixed_point(pixels: Floats) -> NDArray[np.int32]:
    """Turn pixels (…, 2) into OpenCV's fixed-point pixels."""
    fixed: NDArray[np.int32] = np.rint(pixels * (1 << SUBPIXEL_BITS)).astype(np.int32)
    return fixed


def clouds(rng: np.random.Generator, size: tuple[int, int], cells: int) -> Layer:
    """Draw smooth noise of unit spread, shape (height, width)."""
    coarse = rng.standard_normal((cells, cells)).astype(np.float32)
    return cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
