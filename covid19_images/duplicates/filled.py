"""Measure how much of a picture is filled in flat from its corners, as rotating and shifting do.

A rotated or shifted copy has wedges or bands that its original has not. It tells which of two
copies of one size was made from the other.
"""

import cv2
import numpy as np

from covid19_images.duplicates.features import Features

_FLAT = 8  # grey levels that JPEG adds to a flat ground
_STEP = 0.02  # shares that are nearer are the same


def filled_share(features: Features) -> float:
    """Return the share of a picture that is as one of its corners, and joined to it.

    Returns:
        From 0 to 1, in steps of 0.02; 1 for a picture without any content.
    """
    frame = cv2.imdecode(np.frombuffer(features.frame, np.uint8), cv2.IMREAD_GRAYSCALE)
    if frame is None:
        return 1.0
    height, width = frame.shape
    found = np.zeros((height + 2, width + 2), np.uint8)
    flags = 8 | (1 << 8) | cv2.FLOODFILL_FIXED_RANGE | cv2.FLOODFILL_MASK_ONLY
    for corner in ((0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)):
        if not found[corner[1] + 1, corner[0] + 1]:
            cv2.floodFill(frame, found, corner, 0, _FLAT, _FLAT, flags)
    share = float(found[1:-1, 1:-1].mean())
    return round(round(share / _STEP) * _STEP, 2)
