"""Decide whether two volumes are copies, and find the map of one to the other."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.codes import INVERTED
from covid19_images.duplicates.registration import register
from covid19_images.duplicates.transforms import frame
from covid19_images.duplicates.volumes.axis import Along, follow
from covid19_images.duplicates.volumes.kinds import VolumeKind, kind_of
from covid19_images.duplicates.volumes.sketch import Planes, Sketch

# Set on nine made-up patients (benchmarks/volume_copies.py): copies have 0.736 of their noise in
# common and more, scans that differ in nothing but their noise up to 0.735, others up to 0.62.
_SHARP = 0.4
_NOISE = 0.74
_MATCHED = 0.7  # of the slices that should be on the line
_TRIED = 24  # pairs of slices that are registered
_FOLLOWED = 2
_REFINED = 3
_ASTRAY_PX = 4.0  # words are not farther off; what is, followed something else

Plain = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """Two volumes that hold the same scan.

    Attributes:
        kind: How one was made from the other.
        affine: 4 × 4; from indices of the first volume, as stored, to those of the second.
        along: How they agree along the axis; `None` where their voxels are equal.
    """

    kind: VolumeKind
    affine: Plain
    along: Along | None = None


def compare(a: Sketch, b: Sketch, proposed: Sequence[tuple[int, int, int]]) -> Copied | None:
    """Return how two volumes are copies of each other; `None` where they are not.

    Args:
        a: One volume.
        b: The other.
        proposed: Slices of a and of b that may be the same, and the variant that relates them;
            the best first.
    """
    if a.volume_id and a.volume_id == b.volume_id:
        return Copied(kind="voxels", affine=np.linalg.inv(b.turn) @ a.turn)
    if a.series and a.series == b.series:
        return None
    best: tuple[Along, Plain] | None = None
    for i, j, matrix in _registered(a, b, proposed):
        found = _followed(a, b, (i, j), matrix)
        if found and (best is None or found[0].sharpness < best[0].sharpness):
            best = found
        if best and is_same(best[0]):
            break
    if best is None or not is_same(best[0]):
        return None
    along, space = best
    indices = np.linalg.inv(b.to_planes) @ space @ a.to_planes
    stored = np.linalg.inv(b.turn) @ indices @ a.turn
    return Copied(kind=kind_of(a, b, indices), affine=stored, along=along)


def is_same(along: Along) -> bool:
    """Return whether two volumes are of one exposure, by their agreement along the axis."""
    enough = along.matched >= max(1, _MATCHED * along.possible)
    return enough and along.sharpness < _SHARP and along.noise > _NOISE


def _registered(
    a: Sketch, b: Sketch, proposed: Sequence[tuple[int, int, int]]
) -> Iterator[tuple[int, int, Plain]]:
    """Yield pairs of slices and the map between their planes, the surest first."""
    found = []
    for i, j, variant in proposed[:_TRIED]:
        if variant & INVERTED:
            continue
        if one := register(a.features[i], b.features[j], variant):
            found.append((one.inliers, i, j, one.matrix))
    for _, i, j, matrix in sorted(found, key=lambda one: -one[0])[:_FOLLOWED]:
        yield i, j, _in_planes(_to_frame(a, i), _to_frame(b, j), matrix)


def _in_planes(here: Plain, there: Plain, matrix: Plain) -> Plain:
    """Return a map between frames of features as one between planes."""
    whole = np.linalg.inv(there) @ np.vstack([matrix, [0, 0, 1]]) @ here
    return np.asarray(whole[:2], np.float64)


def _to_frame(one: Sketch, number: int) -> Plain:
    """Return the map from a plane to the frame of its features; the frame of a figure is larger."""
    high, wide = frame(one.features[number]).shape
    x, y = wide / one.planes.shape[2], high / one.planes.shape[1]
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1.0]])


def _followed(
    a: Sketch, b: Sketch, seed: tuple[int, int], matrix: Plain
) -> tuple[Along, Plain] | None:
    """Return how they agree, and the map from a's planes to b's in three dimensions."""
    is_finer = abs(np.linalg.det(matrix[:, :2])) <= 1  # a shrinks: what is finer is moved
    target, source = (b, a) if is_finer else (a, b)
    row, column = seed[::-1] if is_finer else seed
    matrix = matrix if is_finer else np.asarray(cv2.invertAffineTransform(matrix), np.float64)
    best: tuple[Along, Plain] | None = None
    # Slices that were proposed may be neighbours; those that agree best tell the map better.
    for _ in range(_REFINED):
        matrix = _refined(target.planes[row], source.planes[column], matrix)
        along = follow(target, source, matrix, (row, column))
        if along is None:
            break
        if best is None or along.sharpness < best[0].sharpness:
            best = along, matrix
        if along.surest == (row, column):
            break
        row, column = along.surest
    if best is None:
        return None
    space = _in_space(target, source, best[1], best[0])
    return best[0], space if is_finer else np.asarray(np.linalg.inv(space), np.float64)


def _refined(target: Planes, source: Planes, matrix: Plain) -> Plain:
    """Return a map from source to target that holds to parts of a pixel."""
    back = cv2.invertAffineTransform(matrix).astype(np.float32)
    rule = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 60, 1e-6)
    here, there = (np.clip(one.astype(np.float32), 0, 255) for one in (target, source))
    with suppress(cv2.error):  # it does not converge where they show different things
        mask = np.full(source.shape, 255, np.uint8)
        _, moved = cv2.findTransformECC(here, there, back, cv2.MOTION_AFFINE, rule, mask, 5)
        back = np.asarray(moved, np.float32)
    found = np.asarray(cv2.invertAffineTransform(back.astype(np.float64)), np.float64)
    wide, high = source.shape[1], source.shape[0]
    corners = np.array([[0, 0, 1], [wide, 0, 1], [0, high, 1], [wide, high, 1.0]]).T
    is_near = np.abs((found - matrix) @ corners).max() < _ASTRAY_PX
    return found if is_near else matrix


def _in_space(target: Sketch, source: Sketch, matrix: Plain, along: Along) -> Plain:
    """Return the map from the source's planes to the target's, slices included."""
    space = np.eye(4)
    space[:2, :2], space[:2, 3] = matrix[:, :2], matrix[:, 2]
    if len(source.planes) == 1:  # `start` is the slice of the target
        space[2, 2], space[2, 3] = 1, along.start
    elif len(target.planes) == 1 or along.slope == 0:
        space[2, 2], space[2, 3] = 1, -along.start
    else:
        space[2, 2], space[2, 3] = 1 / along.slope, -along.start / along.slope
    return space
