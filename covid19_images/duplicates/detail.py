"""Measure how fine a picture's finest detail is: rotating, zooming and blurring take of it.

Pixels that were interpolated are means of their neighbours. So a copy that was resampled, and has
its original's size again, has less of what changes from one pixel to the next, set against what
changes over two or three. Brightness, contrast and JPEG change both alike.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_LONGEST_PX = 256  # of the middle: elsewhere are letters, and what was filled in
_NARROW_PX, _WIDE_PX = 0.8, 1.4
_LEAST = 1.0  # grey levels; 99 in 100 radiographs have more, and rounding alone makes 0.2


@dataclass(frozen=True, slots=True)
class Detail:
    """What changes in a picture from one pixel to the next few, as means of grey levels.

    Attributes:
        finest: From one pixel to the next.
        next_finer: Over two or three.
    """

    finest: float
    next_finer: float

    @property
    def fineness(self) -> float:
        """Return their ratio, 0.9 to 1.26 for nine in ten radiographs of 400 px."""
        return self.finest / self.next_finer if self.next_finer else 0.0

    @property
    def is_clear(self) -> bool:
        """Return whether there is more of it than rounding grey levels and JPEG make."""
        return self.finest >= _LEAST


def detail_of(grey: NDArray[np.uint8]) -> Detail:
    """Measure a picture's middle.

    Args:
        grey: The picture, (h, w) uint8.
    """
    top, left = (max(side - _LONGEST_PX, 0) // 2 for side in grey.shape)
    middle = grey[top : top + _LONGEST_PX, left : left + _LONGEST_PX].astype(np.float32)
    narrow = cv2.GaussianBlur(middle, (0, 0), _NARROW_PX)
    wide = cv2.GaussianBlur(narrow, (0, 0), _WIDE_PX)
    return Detail(float(np.abs(middle - narrow).mean()), float(np.abs(narrow - wide).mean()))
