"""Describe a picture by everything but the lungs: border, text markers, brightness, surroundings.

The lungs are blackened with one box that covers them in any usual radiograph or slice; nothing is
segmented, so nothing that a segmentation saw can leak into the figures.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]

_SIDE = 128  # pixels of the square that is looked at
_SMALL, _RING = 32, 3  # pixels of its small version, and of the border of that
_LUNGS = (slice(4, 27), slice(4, 28))  # rows and columns of the small version
_CELLS = 6  # along each side, where markers are counted
_STROKE = 7  # pixels; what is bright and thinner is a marker's stroke
_BRIGHT = 60  # levels above its surroundings
_BINS = 16
_PERCENTILES = (1, 5, 25, 50, 75, 95, 99)


@dataclass(frozen=True, slots=True, eq=False)
class Outside:
    """What of one picture is not lungs, as numbers.

    Attributes:
        border: The outermost pixels.
        markers: Letters and signs at the edges: how much of them is where.
        brightness: How bright the picture is as a whole.
        blackened: The picture with the lungs blackened.
    """

    border: Numbers
    markers: Numbers
    brightness: Numbers
    blackened: Numbers


def look(grey: NDArray[np.uint8]) -> Outside:
    """Return everything but the lungs of one picture.

    Args:
        grey: 8-bit grey levels, (h, w).
    """
    square = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    shrunk = cv2.resize(square, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA)
    small: Numbers = shrunk.astype(np.float32) / np.float32(255)
    ring = np.ones((_SMALL, _SMALL), bool)
    ring[_RING:-_RING, _RING:-_RING] = False
    around = np.ones((_SMALL, _SMALL), bool)
    around[_LUNGS] = False
    return Outside(small[ring], _markers(square), _brightness(square), small[around])


def _markers(square: NDArray[np.generic]) -> Numbers:
    """Measure thin bright strokes in the cells along the edges; the middle is not looked at."""
    kernel = np.ones((_STROKE, _STROKE), np.uint8)
    strokes = cv2.morphologyEx(np.asarray(square), cv2.MORPH_TOPHAT, kernel) > _BRIGHT
    shares = cv2.resize(strokes.astype(np.float32), (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
    edge = np.ones((_CELLS, _CELLS), bool)
    edge[1:-1, 1:-1] = False
    found = np.asarray(shares, np.float32)[edge]
    return np.concatenate([found, found > 0.01, [found.sum()]]).astype(np.float32)


def _brightness(square: NDArray[np.generic]) -> Numbers:
    """Describe the grey levels of the whole picture, of which no place is known."""
    levels = np.asarray(square, np.float32).ravel()
    counts, _ = np.histogram(levels, _BINS, (0, 256))
    figures = [levels.mean(), levels.std(), *np.percentile(levels, _PERCENTILES)]
    return np.concatenate([np.array(figures) / 255, counts / levels.size]).astype(np.float32)
