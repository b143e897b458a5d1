"""Find the affine map between two pictures from their local features.

Matches pass the ratio test of Lowe (IJCV 2004); the map is found by RANSAC (Fischler and Bolles,
CACM 1981). OpenCV seeds RANSAC with a constant at every call, so a pair always gives the same map.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.codes import MIRRORED, varied
from covid19_images.duplicates.features import Features
from covid19_images.duplicates.keypoints import STEPS_PER_PX

LEAST_INLIERS = 8
_RATIO = 0.85
_REACH_PX = 2.5
_MOST_TRIALS = 500
_SURE = 0.99  # that a trial without outliers was among them
_MAX_STRETCH = 2.2  # 400 × 300 pictures squeezed from portraits stretch by 1.8
_MIN_SCALE, _MAX_SCALE = 1 / 8, 8

Affine = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """Where one picture lies in another.

    Attributes:
        matrix: (2, 3) float64, from pixels of a's frame to pixels of b's frame.
        variant: Whether b is a's negative, mirror image or both; see `words`.
        inliers: Matched keypoints that agree with the map; 0 if it is from the hashes.
        keypoints: Which they are, in a and in b, (2, inliers).
    """

    matrix: Affine
    variant: int
    inliers: int
    keypoints: NDArray[np.intp] = field(default_factory=lambda: np.empty((2, 0), np.intp))


def register(a: Features, b: Features, variant: int) -> Registration | None:
    """Map one picture on the other, taking b for the given variant of a.

    Returns:
        The map, or None where no plausible one has eight matches behind it.
    """
    here, there = _matches(a.codes, varied(b.codes, variant))
    if len(here) < LEAST_INLIERS:
        return None
    matrix, inside = cv2.estimateAffine2D(
        a.points[here].astype(np.float32) / STEPS_PER_PX,
        b.points[there].astype(np.float32) / STEPS_PER_PX,
        method=cv2.RANSAC,
        ransacReprojThreshold=_REACH_PX,
        maxIters=_MOST_TRIALS,
        confidence=_SURE,
    )
    if matrix is None or (inliers := int(inside.sum())) < LEAST_INLIERS:
        return None
    affine = np.asarray(matrix, np.float64)
    if not _is_plausible(affine, variant):
        return None
    agreeing = inside.ravel().astype(bool)
    return Registration(affine, variant, inliers, np.stack([here[agreeing], there[agreeing]]))


def _matches(
    a: NDArray[np.uint8], b: NDArray[np.uint8]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    if len(a) < LEAST_INLIERS or len(b) < LEAST_INLIERS:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    bits = _distances(a.view(np.uint64), b.view(np.uint64))
    here, there = np.arange(len(a)), bits.argmin(1)
    nearest = bits[here, there]
    bits[here, there] = 255
    clear = nearest < _RATIO * bits.min(1)
    return here[clear], there[clear]


def _distances(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Count differing bits; 192 fit a byte. Twice as fast as OpenCV's Hamming matcher."""
    total = np.zeros((len(a), len(b)), np.uint8)
    for here, there in zip(a.T, np.ascontiguousarray(b.T), strict=True):
        total += np.bitwise_count(here[:, None] ^ there)
    return total


def _is_plausible(matrix: Affine, variant: int) -> bool:
    large, small = np.linalg.svd(matrix[:, :2], compute_uv=False)
    mirrored = np.linalg.det(matrix[:, :2]) < 0
    scale = np.sqrt(large * small)
    return bool(
        large < _MAX_STRETCH * small
        and _MIN_SCALE < scale < _MAX_SCALE
        and mirrored == bool(variant & MIRRORED)
    )


def turned_frame(a: tuple[int, ...], b: tuple[int, ...], turn: int) -> Affine:
    """Map a's whole frame on b's whole frame, turned as `hamming.turned` turns.

    Args:
        a: Height and width of a's frame.
        b: Height and width of b's frame.
        turn: 0 to 7.
    """
    across, down = (np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))  # unit square: x, y, 1
    if turn & 4:
        across, down = down, across
    if turn & 1:
        across = np.array([0, 0, 1.0]) - across
    if turn & 2:
        down = np.array([0, 0, 1.0]) - down
    unit = np.diag([1 / a[1], 1 / a[0], 1.0])
    centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    matrix = np.diag([b[1], b[0]]) @ np.stack([across, down]) @ unit @ centre
    return np.asarray(matrix - [[0, 0, 0.5], [0, 0, 0.5]], np.float64)
