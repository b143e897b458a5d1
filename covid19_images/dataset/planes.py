"""Show a volume by three planes through one voxel, its masks as outlines."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from covid19_images.dataset.volume_item import VolumeItem
from covid19_images.images.volumes.strips import COLOURS, laid

_PERCENT = (1, 99)  # of the values, from black to white

Colours = NDArray[np.uint8]


def planes(item: VolumeItem, size: int) -> list[Image.Image]:
    """Return the axial, the coronal and the sagittal plane, as a radiologist looks at them.

    They go through the middle of what the masks show, or of the volume. Patient's right is on
    the left, the front is on top or on the left, and lengths are true.

    Args:
        item: The volume; each class of its masks has a colour of its own.
        size: Side of each plane in pixels.
    """
    where = _middle(item)
    ends = np.percentile(item.image, _PERCENT)
    spread = max(float(ends[1] - ends[0]), 1e-6)
    levels = np.clip((item.image - ends[0]) / spread, 0, 1) * 255
    spacing = np.ones(3) if item.affine is None else np.linalg.norm(item.affine[:3, :3], axis=0)
    longest = float(max(np.array(item.image.shape) * spacing))
    found = []
    for axis in (2, 1, 0):
        sides = [n for n in range(3) if n != axis]
        wide, high = (
            max(1, round(size * item.image.shape[n] * spacing[n] / longest)) for n in sides
        )
        shown = laid(levels, axis, where[axis]).astype(np.uint8)
        picture = np.array(Image.fromarray(shown).resize((wide, high)).convert("RGB"))
        for number, mask in enumerate(item.mask):
            outlined = Image.fromarray(laid(mask, axis, where[axis]) * np.uint8(255))
            inside = np.asarray(outlined.resize((wide, high), Image.Resampling.NEAREST)) > 0
            picture[inside & ~ndimage.binary_erosion(inside)] = COLOURS[number % len(COLOURS)]
        found.append(_framed(picture, size))
    return found


def _middle(item: VolumeItem) -> tuple[int, ...]:
    outlined = np.argwhere(item.mask.any(axis=0)) if len(item.mask) else np.zeros((0, 3))
    if len(outlined):
        return tuple(int(n) for n in np.rint(outlined.mean(axis=0)))
    return tuple(n // 2 for n in item.image.shape)


def _framed(picture: Colours, size: int) -> Image.Image:
    frame = Image.new("RGB", (size, size))
    high, wide = picture.shape[:2]
    frame.paste(Image.fromarray(picture), ((size - wide) // 2, (size - high) // 2))
    return frame


def sheet(items: Iterator[VolumeItem], *, size: int, gap: int) -> Image.Image:
    """Lay volumes below each other, a row of three planes for each.

    Args:
        items: The volumes.
        size: Side of each plane in pixels.
        gap: Between planes, in pixels.
    """
    rows = [planes(item, size) for item in items]
    step = size + gap
    found = Image.new("RGB", (3 * step - gap, len(rows) * step - gap), (255, 255, 255))
    for y, row in enumerate(rows):
        for x, plane in enumerate(row):
            found.paste(plane, (x * step, y * step))
    return found
