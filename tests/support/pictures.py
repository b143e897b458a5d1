"""Small pictures for tests: each seed is another picture, and stays the same for ever."""

import io
from functools import cache

import cv2
import numpy as np
from PIL import Image


def picture(seed: int, *, size: tuple[int, int] = (160, 128)) -> Image.Image:
    """Draw a smooth random picture; different seeds are far apart in any perceptual hash."""
    width, height = size
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (16, 20), dtype=np.uint8)
    return Image.fromarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Write a picture as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@cache
def png(seed: int, *, size: tuple[int, int] = (160, 128)) -> bytes:
    """Write the picture of a seed as PNG."""
    return encoded(picture(seed, size=size))


def decoded(content: bytes) -> np.ndarray:
    """Read the pixels of a file."""
    return np.asarray(Image.open(io.BytesIO(content)))
