"""Decode a sound JPEG without the detour that Pillow takes.

Both have the samples of the same library. Pillow spreads colours over four bytes and gathers them
again, which is a quarter of its time.
"""

import numpy as np
import simplejpeg
from PIL import Image

from covid19_images.images.formats.picture import Samples

_COLOURS = {"L": "GRAY", "RGB": "RGB"}  # by Pillow's mode


def samples(image: Image.Image, content: bytes) -> Samples | None:
    """Decode a grey or coloured JPEG of which libjpeg has nothing to say.

    Args:
        image: As Pillow opened it; it need not be loaded.
        content: The same file.

    Returns:
        What Pillow would give, (1, height, width) or (1, height, width, 3) uint8; `None` where
        Pillow is to read it: another format, inks, or a file of which libjpeg warns.
    """
    if image.format not in ("JPEG", "MPO") or image.mode not in _COLOURS:
        return None
    try:
        plane = simplejpeg.decode_jpeg(content, _COLOURS[image.mode], strict=True)
    except ValueError:
        return None
    if plane.shape[1::-1] != image.size:
        return None
    return np.asarray(plane[..., 0] if image.mode == "L" else plane)[None]
