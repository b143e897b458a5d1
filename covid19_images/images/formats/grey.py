"""Render samples of any depth as 8-bit grey."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

GREY_ALPHA, RGB = 2, 3  # channels


def scale(
    plane: NDArray[Any], black: float, white: float, padding: tuple[float, float] | None = None
) -> NDArray[np.uint8]:
    """Map `black`..`white` to 0..255, clipping outside.

    Args:
        plane: Samples of any real type and shape.
        black: The sample that becomes 0; greater than `white` to invert.
        white: The sample that becomes 255.
        padding: Least and greatest sample that is no measurement; it becomes 0.

    Returns:
        Grey levels, same shape; all 0 where `black` equals `white`.
    """
    if black == white:
        return np.zeros(plane.shape, np.uint8)
    inside = plane.astype(np.float64).clip(min(black, white), max(black, white))
    rendered = ((inside - black) / (white - black) * 255 + 0.5).astype(np.uint8)
    if padding:
        rendered[is_padding(plane, padding)] = 0
    return rendered


def is_padding(plane: NDArray[Any], padding: tuple[float, float]) -> NDArray[np.bool_]:
    """Find samples that are no measurement; same shape as `plane`."""
    low, high = padding
    return (plane >= low) & (plane <= high)


def real_range(
    samples: NDArray[Any], padding: tuple[float, float] | None = None
) -> tuple[float, float]:
    """Find the least and the greatest sample, padding aside; (0, 0) where nothing else is."""
    if padding:
        samples = samples[~is_padding(samples, padding)]
    return (float(samples.min()), float(samples.max())) if samples.size else (0.0, 0.0)


def numbers(samples: NDArray[Any]) -> NDArray[Any]:
    """Return the samples that are numbers, in one row; NaN marks what was not measured."""
    return samples[~np.isnan(samples)] if samples.dtype.kind == "f" else samples


def filled(samples: NDArray[Any], black: float) -> NDArray[Any]:
    """Return samples in which what is no number (NaN) renders as 0.

    Args:
        samples: Samples of any real type and shape.
        black: The sample that renders as 0.
    """
    missing = np.isnan(samples) if samples.dtype.kind == "f" else np.False_
    return np.where(missing, samples.dtype.type(black), samples) if missing.any() else samples


def luminance(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Reduce 8-bit colours to grey exactly as PIL's `convert("L")` does, ignoring alpha.

    Args:
        plane: Shape (height, width), or (height, width, channels) with 2, 3 or 4 channels.

    Returns:
        Grey levels, shape (height, width).
    """
    if plane.ndim == 2:
        return plane
    if plane.shape[2] == GREY_ALPHA:
        return np.ascontiguousarray(plane[..., 0])
    alike = _alike(plane)
    if alike is not None:
        return alike
    return np.asarray(Image.fromarray(plane).convert("L"))


def _alike(plane: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Return the one channel of RGB whose three are the same, which is its luminance too."""
    row = plane[len(plane) // 2]
    if plane.shape[2] != RGB or (row != row[:, :1]).any():  # most colours show in one row
        return None
    first = cv2.extractChannel(plane, 0)
    # Three times as fast as to weigh the channels, as most radiographs in colour need not be.
    apart = cv2.norm(plane, cv2.cvtColor(first, cv2.COLOR_GRAY2RGB), cv2.NORM_INF)
    return None if apart else np.asarray(first, np.uint8)
