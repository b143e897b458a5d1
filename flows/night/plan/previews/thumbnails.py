"""Make a decoded picture small, and write it as WebP without metadata."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from flows.proposal.pictures import Thumbnail

LONGEST_PX = 256
_QUALITY = 70

Levels = NDArray[np.uint8]


def thumbnail(levels: Levels, *, longest_px: int = LONGEST_PX) -> Thumbnail:
    """Draw a thumbnail.

    Args:
        levels: Shape (height, width) or (height, width, channels); alpha is ignored.
        longest_px: Its longer side; a smaller picture keeps its size.
    """
    return encoded(shrunk(image(levels), longest_px))


def image(levels: Levels) -> Image.Image:
    """Return levels as a picture, grey or RGB, without metadata."""
    if levels.ndim == 3:
        levels = levels[..., :3] if levels.shape[2] >= 3 else levels[..., 0]
    return Image.fromarray(np.ascontiguousarray(levels))


def shrunk(picture: Image.Image, longest_px: int) -> Image.Image:
    """Scale a picture down until its longer side fits."""
    scale = longest_px / max(picture.size)
    if scale >= 1:
        return picture
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    # Pillow's resampling is in integers: the same bytes on every machine.
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)


def encoded(picture: Image.Image) -> Thumbnail:
    """Write a small picture."""
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=_QUALITY, method=4)
    return Thumbnail(out.getvalue(), picture.width, picture.height)
