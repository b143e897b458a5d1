"""Draw a volume as three strips: planes at even distances along each axis, one below the other.

A strip is one small picture from which a page shows one plane at a time, with a script or without.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from covid19_images.images.volumes.identity import canonical
from covid19_images.images.volumes.resample import canonical_affine
from covid19_images.images.volumes.volume import Affine

VERSION = 1
"""Of how strips are drawn and written."""

MOST_FRAMES = 15
LONGEST_PX = 192
COLOURS = ((255, 176, 0), (100, 143, 255), (220, 38, 127), (120, 220, 160), (254, 97, 0))
"""Of outlines, in the order of what they outline; told apart with any colour vision."""

PICTURE = "picture"
AXES: Mapping[str, int] = {"axial": 2, "coronal": 1, "sagittal": 0}
_PERCENT = (1, 99)  # of the values, from black to white, where the units are not known
_LUNG = (-1350.0, 150.0)
_SAMPLED = 100_000  # values that these are taken of

Levels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Strip:
    """Planes along one axis, as one picture.

    Attributes:
        axis: `axial`, `coronal` or `sagittal`; `picture` of what has no axes.
        numbers: Which planes they are, from 1, in the order of the strip: from the feet, the back
            and the left of the volume on.
        count: How many planes there are along the axis.
        levels: Shape (planes · height, width), uint8. Patient's right is on the left, the front is
            on top or on the left, and lengths are true.
    """

    axis: str
    numbers: tuple[int, ...]
    count: int
    levels: Levels

    @property
    def height(self) -> int:
        """Return the height of one plane in pixels."""
        return len(self.levels) // len(self.numbers)


def strips(
    voxels: NDArray[Any],
    affine: Affine | None,
    *,
    is_hounsfield: bool,
    rescale: tuple[float, float] = (1.0, 0.0),
) -> list[Strip]:
    """Draw a volume.

    Args:
        voxels: In the order columns, rows, slices.
        affine: Where they are, in RAS+.
        is_hounsfield: Whether their values are Hounsfield units, which are shown in a lung window;
            others are shown from their first to their last percentile.
        rescale: What voxels are multiplied with to have these values, and what is added then.

    Returns:
        The axial, the coronal and the sagittal strip.
    """
    turned = canonical(voxels, affine)
    slope, intercept = rescale
    low, high = _LUNG if is_hounsfield else _ends(turned, rescale)
    spread = max(high - low, 1e-6)

    def shown(plane: NDArray[Any], size: tuple[int, int]) -> Levels:
        values = plane.astype(np.float64) * slope + intercept
        real = np.nan_to_num(values, nan=low, posinf=high, neginf=low)
        levels = (np.clip((real - low) / spread, 0, 1) * 255).astype(np.uint8)
        return np.asarray(Image.fromarray(levels).resize(size))

    return list(_strips(turned, _spacing(affine, voxels.shape), shown))


def outlines(mask: NDArray[Any], affine: Affine | None, values: Sequence[float]) -> list[Strip]:
    """Draw the outlines of a mask, on strips as a volume of its size and affine has them.

    Args:
        mask: Numbers of classes, in the order columns, rows, slices.
        affine: Where they are, in RAS+.
        values: Those that are outlined.

    Returns:
        Strips whose levels are 0, or the place of a value in `values`, from 1.
    """
    turned = canonical(mask, affine)

    def shown(plane: NDArray[Any], size: tuple[int, int]) -> Levels:
        return _drawn(plane, values, size)

    return list(_strips(turned, _spacing(affine, mask.shape), shown))


def _drawn(plane: NDArray[Any], values: Sequence[float], size: tuple[int, int]) -> Levels:
    drawn = np.zeros(size[::-1], np.uint8)
    for number, value in enumerate(values, start=1):
        inside = Image.fromarray((plane == value).astype(np.uint8) * 255)
        here = np.asarray(inside.resize(size, Image.Resampling.NEAREST)) > 0
        drawn[here & ~ndimage.binary_erosion(here)] = number
    return drawn


def outlines_of_picture(mask: NDArray[Any], values: Sequence[float]) -> Strip:
    """Draw the outlines of a picture's mask, as small as the picture is drawn with them.

    Args:
        mask: Numbers of classes, shape (rows, columns).
        values: Those that are outlined.

    Returns:
        One plane; its levels are 0, or the place of a value in `values`, from 1.
    """
    high, wide = (max(1, round(side * min(1, LONGEST_PX / max(mask.shape)))) for side in mask.shape)
    return Strip(PICTURE, (1,), 1, _drawn(mask, values, (wide, high)))


def coloured(strip: Strip, outlined: Sequence[Strip], classes: Sequence[int] = ()) -> Image.Image:
    """Return a strip as a picture, with outlines in their colours where there are any.

    Args:
        strip: Of a volume.
        outlined: The same strip of its masks; the colours go on from mask to mask.
        classes: How many values each outlines; by default as many as are seen.
    """
    if not outlined:
        return Image.fromarray(strip.levels)
    drawn = np.repeat(strip.levels[..., None], 3, axis=2)
    first = 0
    counts = classes or [int(one.levels.max(initial=0)) for one in outlined]
    for one, most in zip(outlined, counts, strict=True):
        for number in range(1, most + 1):
            drawn[one.levels == number] = COLOURS[(first + number - 1) % len(COLOURS)]
        first += most
    return Image.fromarray(drawn)


def to_bytes(drawn: Sequence[Strip], *, is_exact: bool) -> bytes:
    """Write strips: as WebP, exact where every level counts, with their numbers.

    Args:
        drawn: What to write.
        is_exact: Whether levels must come back as they are: those of outlines.
    """
    parts = []
    for strip in drawn:
        out = io.BytesIO()
        Image.fromarray(strip.levels).save(out, "WEBP", quality=70, method=4, lossless=is_exact)
        numbers = ",".join(map(str, strip.numbers))
        head = f"{strip.axis} {strip.count} {numbers} {out.tell()}\n".encode()
        parts.append(head + out.getvalue())
    return b"".join(parts)


def from_bytes(content: bytes) -> list[Strip]:
    """Read what `to_bytes` wrote.

    Raises:
        ValueError: It is something else.
    """
    found = []
    while content:
        head, _, content = content.partition(b"\n")
        axis, count, numbers, size = head.decode().split(" ")
        with Image.open(io.BytesIO(content[: int(size)]), formats=["WEBP"]) as picture:
            levels = np.asarray(picture.convert("RGB"))[..., 0]
        content = content[int(size) :]
        places = tuple(map(int, numbers.split(",")))
        found.append(Strip(axis, places, int(count), levels))
    return found


def _ends(voxels: NDArray[Any], rescale: tuple[float, float]) -> tuple[float, float]:
    step = max(1, round((voxels.size / _SAMPLED) ** (1 / 3)))
    some = voxels[::step, ::step, ::step].astype(np.float64) * rescale[0] + rescale[1]
    some = some[np.isfinite(some)]
    low, high = np.percentile(some, _PERCENT) if some.size else (0.0, 1.0)
    return float(low), float(high)


def _spacing(affine: Affine | None, size: tuple[int, ...]) -> NDArray[np.float64]:
    known = canonical_affine(affine, size)
    return np.ones(3) if known is None else np.linalg.norm(known[:3, :3], axis=0)


def _strips(turned: NDArray[Any], spacing: NDArray[np.float64], shown: Any) -> Iterator[Strip]:  # noqa: ANN401
    longest = float(max(np.array(turned.shape) * spacing))
    for name, axis in AXES.items():
        sides = [n for n in range(3) if n != axis]
        wide, high = (
            max(1, round(LONGEST_PX * turned.shape[n] * spacing[n] / longest)) for n in sides
        )
        count = turned.shape[axis]
        places = np.rint(np.linspace(0, count - 1, min(count, MOST_FRAMES))).astype(int)
        planes = [shown(laid(turned, axis, int(at)), (wide, high)) for at in places]
        numbers = tuple(int(at) + 1 for at in places)
        yield Strip(name, numbers, count, np.concatenate(planes))


def laid(values: NDArray[Any], axis: int, at: int) -> NDArray[Any]:
    """Return a plane in rows from the top, as a radiologist looks at it.

    Args:
        values: Axes to the right, the front and the head.
        axis: Across the plane.
        at: Where on that axis, from 0.
    """
    plane = np.take(values, at, axis=axis)
    return np.ascontiguousarray(plane[::-1, ::-1].T)
