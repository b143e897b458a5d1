"""Write pictures as PNG: the pixels, and nothing beside them."""

import io
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image


def write_png(plane: NDArray[Any]) -> bytes:
    """Return grey levels or colours of 8 or 16 bits as PNG, without any metadata.

    Args:
        plane: uint8 or uint16, shape (height, width) or (height, width, channels).

    Raises:
        ValueError: When OpenCV could not encode it.
    """
    if plane.dtype == np.uint8 or plane.ndim == 2:
        out = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(plane)).save(out, "PNG")
        return out.getvalue()
    channels = plane.shape[2]
    if channels == 2:  # OpenCV has no grey with alpha
        plane = plane[..., [0, 0, 0, 1]]
    order = [2, 1, 0, 3][: plane.shape[2]]  # OpenCV has blue first
    done, encoded = cv2.imencode(".png", np.ascontiguousarray(plane[..., order]))
    if not done:
        raise ValueError("OpenCV could not write a PNG")
    return encoded.tobytes()
