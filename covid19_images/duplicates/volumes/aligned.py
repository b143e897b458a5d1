"""Slices of two volumes in one grid, and how much they differ."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_MARK, _MARKED = 40.0, 0.05  # grey levels, and the most pixels that are letters

Values = NDArray[np.float32]
Known = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Slices of two volumes in one grid: pixels inside, and where they are sure."""

    left: Values
    right: Values
    left_sure: Known
    right_sure: Known
    inside: Known

    def counted(self, row: int, low: float, high: float) -> Known:
        """Return the pixels that count from one place to another: sure, and no letters."""
        some = range(int(low), min(int(np.ceil(high)), len(self.right) - 1) + 1)
        kept: Known = self.left_sure[row].copy()
        for column in some:
            kept &= self.right_sure[column]
        off = np.min([np.abs(self.left[row] - self.right[column]) for column in some], 0)
        far = np.zeros(self.inside.shape, np.uint8)
        far[self.inside] = off > _MARK
        marked = cv2.dilate(far, np.ones((5, 5), np.uint8))[self.inside] > 0
        if marked.mean() < _MARKED:
            kept &= ~marked
        return kept

    def error(self, row: int, place: float, kept: Known) -> float:
        """Return the mean squared error at a place, of the pixels that count."""
        off = self.left[row][kept] - mixed(self.right, place, kept)
        return float(np.mean(off**2))

    def best(self, row: int, low: float, high: float, kept: Known) -> tuple[float, float]:
        """Return the place with the least error from one place to another, and that error."""
        low, high = max(0.0, low), min(len(self.right) - 1.0, high)
        here = self.left[row][kept]
        found = []
        for start in range(int(low), max(int(np.ceil(high)), int(low) + 1)):
            off = here - self.right[start][kept]
            step = self.right[min(start + 1, len(self.right) - 1)][kept] - self.right[start][kept]
            along, size, square = (float(np.mean(n)) for n in (off * step, step**2, off**2))
            at = along / size if size > 1e-9 else 0.0
            t = min(max(at, low - start), max(low - start, min(high - start, 1.0)))
            found.append((square - 2 * t * along + t * t * size, start + t))
        error, place = min(found)
        return place, max(error, 0.0)


def mixed(planes: Values, place: float, kept: Known) -> Values:
    """Return the values of a volume at a place between slices."""
    low = min(int(place), len(planes) - 1)
    high, t = min(low + 1, len(planes) - 1), place - low
    return np.asarray((1 - t) * planes[low][kept] + t * planes[high][kept], np.float32)
