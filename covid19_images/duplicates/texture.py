"""Compare two registered pictures block by block, on locally normalised texture.

Lungs of two people line up well enough to correlate; their texture (ribs, vessels, noise) does
not. So brightness and local contrast are taken out before blocks of 16 px are correlated.
"""

from dataclasses import dataclass, replace
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.registration import Affine

BLOCK_PX = 16
_FINE_PX, _COARSE_PX, _CONTRAST_PX = 0.8, 4.0, 13
_LEAST_TEXTURE = 0.15
_STRONG, _LOCALLY_STRONG = 60, 50  # grey levels
_AROUND_PX = 15

Picture = NDArray[np.uint8]
Values = NDArray[np.float32]
Sample = TypeVar("Sample", np.uint8, np.float32)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well two registered pictures agree where they overlap.

    Attributes:
        median, quartile: Of the correlations of the textured blocks.
        astray: Share of the textured blocks that disagree (correlation below 0.3).
        blocks: Number of textured blocks.
        textured: Their share of all overlapping blocks.
        cover_a, cover_b: Share of each picture that the other covers.
    """

    median: float = 0.0
    quartile: float = 0.0
    astray: float = 1.0
    blocks: int = 0
    textured: float = 0.0
    cover_a: float = 0.0
    cover_b: float = 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """How two registered copies differ where they overlap.

    Attributes:
        tone: Mean difference in grey levels.
        marks: Share of the overlap that differs strongly after equal tone, in the whole and around
            it: text, arrows. A picture whose local contrast was enhanced (CLAHE) has none.
    """

    tone: float = 0.0
    marks: float = 0.0


def agree(a: Picture, b: Picture, matrix: Affine) -> Agreement:
    """Measure how the registered pictures agree.

    Args:
        a: Grey picture, (h, w) uint8.
        b: Grey picture, already inverted where a negative is compared.
        matrix: (2, 3), from a's pixels to b's.
    """
    if _scale(matrix) < 1:  # the finer picture is the one that is resampled
        swapped = _measure(b, a, np.asarray(cv2.invertAffineTransform(matrix)))
        return replace(swapped, cover_a=swapped.cover_b, cover_b=swapped.cover_a)
    return _measure(a, b, matrix)


def differ(a: Picture, b: Picture, matrix: Affine) -> Difference:
    """Measure how two pictures differ that agree; the arguments are those of `agree`."""
    if _scale(matrix) < 1:
        a, b, matrix = b, a, np.asarray(cv2.invertAffineTransform(matrix))
    warped, inside = _laid_on(a, b, matrix)
    return _difference(a, warped, inside > 0.99)


def _scale(matrix: Affine) -> float:
    return float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))


def _laid_on(a: Picture, b: Picture, matrix: Affine) -> tuple[Picture, Values]:
    """Show b on a's grid, and how much of each pixel there b covers."""
    scale = _scale(matrix)
    smooth = cv2.GaussianBlur(b, (0, 0), 0.45 * scale) if scale > 1.25 else b  # no aliasing
    warped = _pulled_back(np.asarray(smooth, np.uint8), matrix, a.shape)
    inside = _pulled_back(np.ones(b.shape, np.float32), matrix, a.shape, beyond=cv2.BORDER_CONSTANT)
    return warped, inside


def _measure(a: Picture, b: Picture, matrix: Affine) -> Agreement:
    warped, inside = _laid_on(a, b, matrix)
    correlation, texture = _correlation(_normalised(a), _normalised(warped))
    overlap = _blocks(inside) >= 0.95
    some = overlap & (texture > _LEAST_TEXTURE)
    cover = float(inside.mean())
    cover_b = min(1.0, cover * a.size * _scale(matrix) ** 2 / b.size)
    if not some.any():
        return Agreement(cover_a=cover, cover_b=cover_b)
    values = correlation[some]
    return Agreement(
        median=float(np.median(values)),
        quartile=float(np.quantile(values, 0.25)),
        astray=float((values < 0.3).mean()),
        blocks=int(some.sum()),
        textured=float(some.sum() / overlap.sum()),
        cover_a=cover,
        cover_b=cover_b,
    )


def _pulled_back(
    values: NDArray[Sample],
    matrix: Affine,
    shape: tuple[int, ...],
    *,
    beyond: int = cv2.BORDER_REPLICATE,
) -> NDArray[Sample]:
    """Show b's values on a's grid."""
    size, flags = (shape[1], shape[0]), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(values, matrix, size, flags=flags, borderMode=beyond), values.dtype
    )


def _normalised(picture: Picture) -> Values:
    grey = picture.astype(np.float32)
    band = cv2.GaussianBlur(grey, (0, 0), _FINE_PX) - cv2.GaussianBlur(grey, (0, 0), _COARSE_PX)
    power = cv2.blur(band * band, (_CONTRAST_PX, _CONTRAST_PX))
    return np.asarray(band / (np.sqrt(np.maximum(power, 0)) + 1.0), np.float32)


def _correlation(a: Values, b: Values) -> tuple[Values, Values]:
    mean_a, mean_b = _blocks(a), _blocks(b)
    spread_a, spread_b = _blocks(a * a) - mean_a**2, _blocks(b * b) - mean_b**2
    shared = _blocks(a * b) - mean_a * mean_b
    likeness = shared / np.sqrt(np.maximum(spread_a * spread_b, 1e-9))
    return np.asarray(likeness, np.float32), np.maximum(spread_a, spread_b)


def _blocks(values: Values) -> Values:
    rows, columns = (side // BLOCK_PX for side in values.shape)
    if not rows or not columns:
        return np.empty((rows, columns), np.float32)
    whole = values[: rows * BLOCK_PX, : columns * BLOCK_PX]
    means = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(means, np.float32).reshape(rows, columns)


def _difference(a: Picture, b: Picture, inside: NDArray[np.bool_]) -> Difference:
    left, right = a[inside].astype(np.float32), b[inside].astype(np.float32)
    if len(left) < BLOCK_PX**2:
        return Difference()
    tone = float(np.abs(left - right).mean())
    scale = (left.std() + 1e-3) / (right.std() + 1e-3)
    rest = np.abs(left - left.mean() - (right - right.mean()) * scale)
    strong = rest > _STRONG
    if strong.any():
        locally = np.maximum(np.abs(_unexplained(a, b)), np.abs(_unexplained(b, a)))
        strong &= locally[inside] > _LOCALLY_STRONG
    return Difference(tone, float(strong.mean()))


def _unexplained(a: Picture, b: Picture) -> Values:
    """Return what is left of a where b is fitted to it in the surroundings of every pixel.

    Enhancement of local contrast is such a fit; what somebody wrote on a picture is none. The fit
    is that of a guided filter (He, Sun, Tang, PAMI 2013).
    """
    left, right = a.astype(np.float32), b.astype(np.float32)
    mean_l, mean_r = _around(left), _around(right)
    shared = _around(left * right) - mean_l * mean_r
    slope = shared / (_around(right * right) - mean_r**2 + 1.0)
    return np.asarray(left - mean_l - slope * (right - mean_r), np.float32)


def _around(values: Values) -> Values:
    return np.asarray(cv2.blur(values, (_AROUND_PX, _AROUND_PX)), np.float32)
