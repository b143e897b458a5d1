"""Whether two slices are of one exposure: their noise is the same, and not only what they show.

Neighbours are alike, and those of thin, overlapping slices share most of their noise. So a slice is
taken as a sum of slices of the other volume. A copy is one of them and nothing of its neighbours;
a slice that the other volume lacks is some of the one before and some of the one behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from covid19_images.duplicates.volumes.grid import Known, Values, fitted, is_enough

_FINE, _COARSE = 0.8, 1.6  # pixels: between these sizes there is noise, and JPEG leaves some
_TISSUES, _LEAST_PIXELS = 3, 100  # of each tissue
_SHARE = 0.3  # of the pixels, those with the least and those with the most structure


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """Pixels of a slice that are compared.

    Attributes:
        flat: Those with little to see around them: the darkest, those between, and the brightest.
        rich: Those with much.
    """

    flat: tuple[Known, ...]
    rich: Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What a slice has in common with neighbouring slices of another volume.

    Attributes:
        place: Where it lies between them, from 0.
        own: Share of the sum that the slice nearest to it has; 1 where it is that slice.
        flat: Least correlation with that slice in flat tissue: dark, grey or bright. It is that of
            the noise; the texture of one tissue does not stand for it.
        even: That as a share of the greatest: noise is the same everywhere or nowhere.
        rich: Correlation with that slice where there is most to see.
        left: How much is left, once that slice is taken from it, where there is most to see, for
            each that is left in flat tissue: after compression some, of a neighbour much.
        beside: The least correlation of that slice with one of both its neighbours, where there is
            most to see; 0 where one is missing.
    """

    place: float
    own: float
    flat: float
    even: float
    rich: float
    left: float
    beside: float


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A slice, prepared for comparison.

    Attributes:
        fine: What is finer than vessels: noise, and the edges of all else.
        smooth: What is coarser.
        steep: How much there is to see around each pixel.
        known: Pixels that count.
    """

    fine: Values
    smooth: Values
    steep: Values
    known: Known


def seen(level: Values, known: Known) -> Seen:
    """Return a slice as it is compared."""
    small, large = (cv2.GaussianBlur(level, (0, 0), size) for size in (_FINE, _COARSE))
    slopes = cv2.magnitude(cv2.Sobel(large, cv2.CV_32F, 1, 0), cv2.Sobel(large, cv2.CV_32F, 0, 1))
    steep = cv2.GaussianBlur(slopes, (0, 0), 2)
    fine, smooth, around = (np.asarray(one, np.float32) for one in (small - large, large, steep))
    return Seen(fine, smooth, around, known)


def rich(here: Seen, known: Known) -> Known:
    """Return the pixels of a slice, of those that count, where there is most to see."""
    some = here.steep[known]
    if not some.size:
        return known
    return np.asarray(known & (here.steep >= np.quantile(some, 1 - _SHARE)), bool)


def areas(here: Seen, known: Known) -> Areas | None:
    """Return the flat and the rich pixels of a slice; `None` where they are too few.

    Args:
        here: The slice.
        known: Pixels that count.
    """
    if not is_enough(known):
        return None
    flat = known & (here.steep <= np.quantile(here.steep[known], _SHARE))
    bounds = np.quantile(here.smooth[flat], np.arange(1, _TISSUES) / _TISSUES)
    tissue = np.searchsorted(bounds, here.smooth)
    parts = tuple(flat & (tissue == number) for number in range(_TISSUES))
    if min(int(part.sum()) for part in parts) < _LEAST_PIXELS:
        return None
    return Areas(flat=parts, rich=rich(here, known))


def correlation(a: Values, b: Values) -> float:
    """Return how much two lists of values run alike."""
    one, other = a - a.mean(), b - b.mean()
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / size if size > 1e-6 else 0.0


def shared(here: Values, there: Sequence[Values], at: int, where: Areas) -> Shared:
    """Return what a slice has in common with one of another volume, apart from its neighbours.

    Args:
        here: The fine part of a slice.
        there: That of slices of the other volume, in their order.
        at: Which of these it is nearest to.
        where: Pixels that are compared.
    """
    both = np.logical_or.reduce([*where.flat, where.rich])
    near = list(range(max(0, at - 1), min(len(there), at + 2)))
    terms = np.stack([there[k][both] for k in near]).astype(np.float64)
    weights = fitted(terms, here[both])
    # A copy may be sharper than what it is a copy of: then it is less of its neighbours than none.
    forward = np.clip(weights, 0, None)
    total = max(float(forward.sum()), 1e-9)
    richest = [there[k][where.rich] for k in near]
    middle = near.index(at)
    others = [correlation(richest[middle], one) for k, one in enumerate(richest) if k != middle]
    flat = [correlation(here[some], there[at][some]) for some in where.flat]
    flat_left = float(np.mean([_left(here[some], there[at][some]) for some in where.flat]))
    rich_left = _left(here[where.rich], there[at][where.rich])
    return Shared(
        place=float(forward @ near) / total if forward.any() else float(at),
        own=float(forward[middle]) / total,
        flat=min(flat),
        even=min(flat) / max(*flat, 1e-9),
        rich=correlation(here[where.rich], richest[middle]),
        left=max(rich_left, 0.0) / max(flat_left, 1e-9),
        beside=min(others) if len(others) == 2 else 0.0,
    )


def _left(a: Values, b: Values) -> float:
    """Return the mean square of what is left of some values once others are taken from them."""
    return float(a.var()) * (1 - correlation(a, b) ** 2)
