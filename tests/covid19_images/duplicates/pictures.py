"""Pictures for the engine's tests: textured like tissue, plain, or with words on them."""

from functools import cache
from typing import Any

import cv2
import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from covid19_images.duplicates import Features, Item, extract
from covid19_images.images.fingerprint import phash

Grey = NDArray[np.uint8]


def tissue(seed: int, height: int = 300, width: int = 260) -> Grey:
    """Smooth noise at several scales: no two seeds share a structure."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    for sigma in (2, 4, 8, 16, 32):
        noise = random.standard_normal((height, width)).astype(np.float32)
        total += cv2.GaussianBlur(noise, (0, 0), sigma) * sigma**1.3
    return cv2.normalize(total, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def card(*lines: str) -> Grey:
    """A black card with white words."""
    picture = np.zeros((300, 400), np.uint8)
    for at, line in enumerate(lines):
        cv2.putText(picture, line, (20, 50 + 40 * at), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2)
    return picture


def mask(seed: int) -> Grey:
    """Two lungs, white on black."""
    random = np.random.default_rng(seed)
    picture = np.zeros((300, 300), np.uint8)
    for x in (90, 210):
        size = tuple(int(v) for v in random.integers((40, 80), (60, 110)))
        cv2.ellipse(picture, (x, 150), size, float(random.uniform(-10, 10)), 0, 360, 255, -1)
    return picture


@cache
def _features(raw: bytes, shape: tuple[int, int]) -> Features:
    return extract(np.frombuffer(raw, np.uint8).reshape(shape))


def item(key: str, grey: Grey, **values: Any) -> Item:
    """An item with the fingerprint fields of its picture."""
    found: dict[str, Any] = {
        "source": key.partition("/")[0],
        "phash": phash(grey),
        "width": grey.shape[1],
        "height": grey.shape[0],
        "bit_depth": 8,
        "modality": "XR",
    }
    return Item(key=key, features=_features(grey.tobytes(), grey.shape), **(found | values))


def true_hash(grey: Grey) -> str:
    """What imagehash says itself."""
    return str(imagehash.phash(Image.fromarray(grey), hash_size=16))


def figure(*rows: list[Grey], gutter_px: int = 0, gutter: int = 255) -> Grey:
    """Print pictures of one size side by side, in rows, with gutters between them."""
    across = np.full((rows[0][0].shape[0], gutter_px), gutter, np.uint8)
    lines = []
    for row in rows:
        parts = [part for picture in row for part in (across, picture)]
        lines.append(np.hstack(parts[1:]))
    down = np.full((gutter_px, lines[0].shape[1]), gutter, np.uint8)
    return np.vstack([part for line in lines for part in (down, line)][1:])
