"""Find a picture's keypoints, and describe what is around them.

SIFT knows a picture that was turned or scaled, and not one that was squeezed. So it looks at a
squarer picture, whose sides differ by the power 7/8 of what they did: one that was squeezed to a
square differs less from its original then (docs/at-scale.md has what each power finds and loses).
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

STEPS_PER_PX = 128  # resolution of a stored coordinate
LEAST_SIDE = 16  # below, there is no keypoint
# The lung fields of an X-ray are faint, so the threshold is low; but most pictures have enough
# keypoints above a higher one, and their strongest are the same.
CONTRASTS = (0.03, 0.01)
_EDGE = 20

Grey = NDArray[np.uint8]
Places = NDArray[np.uint16]
Descriptors = NDArray[np.float32]


def keypoints(frame: Grey, most: int, looked: Grey | None = None) -> tuple[Places, Descriptors]:
    """Return the strongest keypoints of a picture.

    Args:
        frame: Grey levels, (h, w) uint8.
        most: How many, at most.
        looked: The same picture in the size of `squarer`, if there is a finer one than the frame
            stretched.

    Returns:
        Their places in 1/128 px of the frame, (n, 2) uint16, x then y, the strongest first; their
        SIFT descriptors, (n, 128) float32.
    """
    if min(frame.shape) < LEAST_SIDE:
        return np.empty((0, 2), np.uint16), np.empty((0, 128), np.float32)
    if looked is None:
        size = squarer(*frame.shape)[::-1]
        stretched = cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR_EXACT)
        looked = np.asarray(stretched, np.uint8)
    found, described = _strongest(looked, most)
    scale = np.divide(frame.shape, looked.shape)[::-1]
    places = (found.astype(np.float64) + 0.5) * scale - 0.5
    return np.clip(places * STEPS_PER_PX, 0, 65_535).astype(np.uint16), described


def squarer(height: int, width: int) -> tuple[int, int]:
    """Return the height and width of a picture as SIFT looks at it: its short side is longer.

    >>> squarer(224, 224), squarer(14, 224)
    ((224, 224), (20, 224))
    """
    short, long = sorted((height, width))
    longer = round(short * math.sqrt(math.sqrt(math.sqrt(long / short))))
    return max(height, longer), max(width, longer)


def _strongest(frame: Grey, most: int) -> tuple[NDArray[np.float32], Descriptors]:
    even = cv2.createCLAHE(3.0, (8, 8)).apply(frame)
    for contrast in CONTRASTS:
        found, described = _sift(contrast, most).detectAndCompute(even, None)
        if len(found) >= most:
            break
    if not found:
        return np.empty((0, 2), np.float32), np.empty((0, 128), np.float32)
    strongest = np.argsort([-point.response for point in found], kind="stable")[:most]
    places = np.asarray(cv2.KeyPoint.convert(found), np.float32)
    return places[strongest], np.asarray(described, np.float32)[strongest]


# Made anew each time: OpenCV's detectors keep scratch space, and must not be shared by threads.
def _sift(contrast: float, points: int) -> cv2.SIFT:
    return cv2.SIFT.create(nfeatures=points, contrastThreshold=contrast, edgeThreshold=_EDGE)
