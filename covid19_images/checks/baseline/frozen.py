"""Describe pictures by filters that are drawn once and never trained: no weights to download.

Random filters, a threshold and means over a grid are a strong beginning for small sets (Coates, Ng
and Lee, "An analysis of single-layer networks in unsupervised feature learning", AISTATS 2011, and
Saxe et al., "On random weights and unsupervised feature learning", ICML 2011).
"""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Levels = NDArray[np.uint8]

SEED = 17
_SIDE_PX = 64  # the side that pictures are shrunk to
_FILTERS, _FILTER_PX = 128, 7
_GRID = 4  # cells along each side, over which a filter's answers are averaged
_COARSE_PX = 16  # side of the picture that is a feature itself
_FLAT = 0.05  # added to the local contrast: noise in a flat region is not blown up
_PART = 256  # pictures that wait in memory at once

LENGTH = _FILTERS * _GRID**2 + _COARSE_PX**2
"""How many numbers describe a picture."""


def describe(pictures: Iterable[Levels]) -> Matrix:
    """Return the features of pictures, shape (n, LENGTH).

    Args:
        pictures: Squares of 8-bit grey levels, of any size.
    """
    filters, waiting, parts = _filters(), iter(pictures), []
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:  # OpenCV releases the interpreter
        while part := list(islice(waiting, _PART)):
            parts.append(np.stack(list(threads.map(lambda p: _features(p, filters), part))))
    return np.concatenate(parts) if parts else np.zeros((0, LENGTH), np.float32)


def _filters() -> Matrix:
    """Draw the filters: each sums to nothing, so that brightness is not seen, and has length 1."""
    shape = (_FILTERS, _FILTER_PX, _FILTER_PX)
    drawn = np.random.default_rng(SEED).standard_normal(shape)
    drawn -= drawn.mean(axis=(1, 2), keepdims=True)
    drawn /= np.sqrt((drawn**2).sum(axis=(1, 2), keepdims=True))
    return drawn.astype(np.float32)


def _features(picture: Levels, filters: Matrix) -> Matrix:
    small = cv2.resize(picture, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    grey = np.asarray(small, np.float32)
    grey = (grey - grey.mean()) / (grey.std() + np.float32(1))
    gain = 1 / (_local_contrast(grey) * _FILTER_PX + np.float32(_FLAT))
    answers = np.stack([np.asarray(cv2.filter2D(grey, cv2.CV_32F, one)) for one in filters])
    answers = np.maximum(answers * gain, 0)
    cell = _SIDE_PX // _GRID
    means = answers.reshape(_FILTERS, _GRID, cell, _GRID, cell).mean(axis=(2, 4))
    coarse = cv2.resize(grey, (_COARSE_PX, _COARSE_PX), interpolation=cv2.INTER_AREA)
    return np.concatenate([means.ravel(), np.asarray(coarse).ravel()]).astype(np.float32)


def _local_contrast(grey: Matrix) -> Matrix:
    window = (_FILTER_PX, _FILTER_PX)
    mean = np.asarray(cv2.blur(grey, window))
    spread = np.asarray(cv2.blur(grey * grey, window)) - mean * mean
    return np.sqrt(np.maximum(spread, 0)).astype(np.float32)
