"""Ask whether a chest radiograph is mirrored: the heart lies to the left of nearly everybody.

Seen from the front that is the picture's right half. Its lower half is brighter there.
"""

import cv2
import numpy as np

from covid19_images.duplicates.features import Features

_SIDE_PX = 200
_BAND = slice(100, 160)  # rows in which the heart is
_LEFT, _RIGHT = slice(50, 100), slice(100, 150)
_SURE = 0.2  # standard deviations of the picture's grey levels


def looks_mirrored(features: Features) -> bool:
    """Return whether the heart is on the other side; in doubt it is not.

    It is a reason to prefer one of two copies, and none to call a picture mirrored: the heart of
    one radiograph in thirty seems to be on the other side.
    """
    frame = cv2.imdecode(np.frombuffer(features.frame, np.uint8), cv2.IMREAD_GRAYSCALE)
    if frame is None:
        return False
    small = cv2.resize(frame, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    spread = max(float(small.std()), 1.0)
    left, right = (float(small[_BAND, part].mean()) for part in (_LEFT, _RIGHT))
    return (left - right) / spread > _SURE
