"""Find the map from one plane to another, to parts of a pixel, and move planes by it."""

from collections.abc import Callable
from contextlib import suppress

import cv2
import numpy as np
from numpy.typing import NDArray

_RIM_PX = 3
_ASTRAY_PX = 4.0  # words are not farther off; what is, followed something else
_WHOLE = 0.004  # of a pixel for each: a map that near to a shift of whole pixels is tried as one
_BOUND = 9  # pixels around what is cut off that its edge reaches
_LEAST_PIXELS = 300
_LEAST_GAIN = 1e-3

Values = NDArray[np.float32]
Known = NDArray[np.bool_]
Plain = NDArray[np.float64]


def aligned(target: Values, source: Values, sure: Known, matrix: Plain) -> Plain:
    """Return a map from source to target that holds to a pixel, or the one given.

    It is Evangelidis and Psarakis' (PAMI 2008): correlation, whatever the window of each.

    Args:
        target: A plane.
        source: Another.
        sure: Where the source is not cut off.
        matrix: 2 × 3, from pixels of the source to those of the target, to a few pixels.
    """
    back = cv2.invertAffineTransform(matrix).astype(np.float32)
    rule = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 50, 1e-6)
    mask = np.where(sure, 255, 0).astype(np.uint8)
    with suppress(cv2.error):  # it does not converge where they show different things
        cv2.findTransformECC(target, source, back, cv2.MOTION_AFFINE, rule, mask, 5)
        return _near(matrix, np.asarray(cv2.invertAffineTransform(back), np.float64), source.shape)
    return matrix


def nudged(
    here: Values, there: Values, known: Known, matrix: Plain, size: tuple[int, ...]
) -> Plain:
    """Return a map from source to target that is better by parts of a pixel: one Gauss-Newton step.

    Args:
        here: What the target shows.
        there: What the source shows, in the target's grid.
        known: Pixels that count.
        matrix: 2 × 3, the map by which it was resampled there.
        size: Rows and columns of the source.
    """
    x_slope, y_slope = (cv2.Sobel(there, cv2.CV_32F, *way, ksize=3) / 8 for way in ((1, 0), (0, 1)))
    rows, columns = np.nonzero(known)
    slopes = x_slope[known], y_slope[known]
    places = columns, rows, np.ones(len(rows))
    terms = [slope * place for slope in slopes for place in places]
    both = np.stack([there[known], *terms]).astype(np.float64)
    found = fitted(both, here[known])
    if abs(found[0]) < _LEAST_GAIN:
        return matrix
    moved = np.eye(3)
    moved[:2] += found[1:].reshape(2, 3) / found[0]
    # The target at p is the source, as it was resampled there, at moved(p).
    return _near(matrix, (np.linalg.pinv(moved) @ np.vstack([matrix, [0, 0, 1]]))[:2], size)


def fitted(terms: Plain, values: Values) -> Plain:
    """Return the weights by which a sum of terms is nearest to some values."""
    scale = np.maximum(np.linalg.norm(terms, axis=1), 1e-9)
    even = terms / scale[:, None]
    found = np.linalg.lstsq(even @ even.T, even @ values.astype(np.float64), rcond=None)[0]
    return np.asarray(found / scale, np.float64)


def _near(matrix: Plain, found: Plain, size: tuple[int, ...]) -> Plain:
    """Return a map that was found, or the one before where it is too far from that."""
    high, wide = size
    corners = np.array([[0, 0, 1], [wide, 0, 1], [0, high, 1], [wide, high, 1.0]]).T
    is_near = np.isfinite(found).all() and np.abs((found - matrix) @ corners).max() < _ASTRAY_PX
    return found if is_near else matrix


def whole(matrix: Plain) -> Plain | None:
    """Return a map as a shift of whole pixels, perhaps mirrored; `None` where it is none."""
    linear = np.rint(matrix[:, :2])
    if np.abs(linear - matrix[:, :2]).max() > _WHOLE or abs(np.linalg.det(linear)) != 1:
        return None
    return np.column_stack([linear, np.rint(matrix[:, 2])])


def moving(
    matrix: Plain, shape: tuple[int, ...]
) -> Callable[[Values, Known], tuple[Values, Known]]:
    """Return what resamples a plane of the source, and where it is sure, to the target's grid.

    Args:
        matrix: 2 × 3, from pixels of the source to those of the target.
        shape: Rows and columns of the target.
    """
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    blur = 0.45 * np.sqrt(max(0.0, scale**-2 - 1))
    size = shape[1], shape[0]
    exact = whole(matrix)
    is_exact = exact is not None and np.array_equal(exact, matrix)
    flags = cv2.INTER_NEAREST if is_exact else cv2.INTER_CUBIC

    def act(plane: Values, sure: Known) -> tuple[Values, Known]:
        smooth = cv2.GaussianBlur(plane, (0, 0), blur) if blur > 0.05 else plane
        moved = cv2.warpAffine(smooth, matrix, size, flags=flags)
        inside = cv2.warpAffine(_inner(sure), matrix, size) > 0.99
        return np.asarray(moved, np.float32), inside

    return act


def _inner(sure: Known) -> Values:
    """Return 1 where a plane is sure, apart from its rim and from what cut-off pixels reach."""
    kept = cv2.erode(sure.astype(np.uint8), np.ones((_BOUND, _BOUND), np.uint8), borderValue=1)
    kept[:_RIM_PX] = kept[-_RIM_PX:] = 0
    kept[:, :_RIM_PX] = kept[:, -_RIM_PX:] = 0
    return kept.astype(np.float32)


def is_enough(known: Known) -> bool:
    """Return whether pixels are enough to tell noise by."""
    return int(known.sum()) >= _LEAST_PIXELS
