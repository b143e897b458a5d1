"""Find the map between planes of two volumes, to parts of a pixel, and resample one by it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.volumes import noise
from covid19_images.duplicates.volumes.grid import Plain, aligned, is_enough, nudged, whole
from covid19_images.duplicates.volumes.meeting import Meeting, levels
from covid19_images.duplicates.volumes.sketch import Sketch
from covid19_images.duplicates.volumes.stack import Range, Stack

_NEAR = 4  # slices beside the one that words propose
_WALKS = 4
_STEPS = 3
_LEAST_ALIKE = 0.8  # correlation of grey levels
_ALL: tuple[Range, Range] = ((-np.inf, np.inf), (-np.inf, np.inf))


def meet(
    one: Sketch, other: Sketch, matrix: Plain, seed: tuple[int, int]
) -> tuple[Meeting, Plain, int] | None:
    """Return both volumes in one grid, the map between their planes, and the slice that is nearest.

    Args:
        one: A volume.
        other: Another.
        matrix: 2 × 3, from pixels of the one's planes to those of the other's, about.
        seed: A slice of the one and one of the other that are about the same.
    """
    row, at = seed
    for _ in range(_WALKS):
        matrix = _aligned(one, other, matrix, (row, at))
        meeting = _met(one, other, matrix)
        found = meeting.nearest(row, at - _NEAR, at + _NEAR)
        if found is None:
            return None
        if found == at:
            break
        at = found
    shown = _shown(meeting, one, other, (row, at))
    matrix = _nudged(one, other, matrix, (row, at), shown)
    matrix = _snapped(one, other, matrix, (row, at), shown)
    return _met(one, other, matrix, shown), matrix, at


def _is_finer(matrix: Plain) -> bool:
    """Return whether the volume that is mapped is as fine as the other, or finer."""
    return bool(abs(np.linalg.det(matrix[:, :2])) <= 1)


def _inverse(matrix: Plain) -> Plain:
    return np.asarray(cv2.invertAffineTransform(matrix), np.float64)


def _met(one: Sketch, other: Sketch, matrix: Plain, shown: tuple[Range, Range] = _ALL) -> Meeting:
    """Return both in the grid of the coarser."""
    same = np.eye(2, 3)
    shape = (other if _is_finer(matrix) else one).planes.shape[1:]
    ways = (matrix, same) if _is_finer(matrix) else (same, _inverse(matrix))
    return Meeting(Stack(one, ways[0], shape, shown[0]), Stack(other, ways[1], shape, shown[1]))


def _aligned(one: Sketch, other: Sketch, matrix: Plain, seed: tuple[int, int]) -> Plain:
    """Return a map from one to the other, by all that two slices show."""
    planes = [
        volume.planes[at].astype(np.float32) for volume, at in zip((one, other), seed, strict=True)
    ]
    if _is_finer(matrix):
        return aligned(planes[1], planes[0], one.sure[seed[0]], matrix)
    return _inverse(aligned(planes[0], planes[1], other.sure[seed[1]], _inverse(matrix)))


def _shown(
    meeting: Meeting, one: Sketch, other: Sketch, seed: tuple[int, int]
) -> tuple[Range, Range]:
    """Return from which to which grey level both slices show something, in the levels of each."""
    here, there = meeting.one[seed[0]], meeting.other[seed[1]]
    known = here.known & there.known
    if not is_enough(known):
        return _ALL
    left, right = here.smooth[known], there.smooth[known]
    if noise.correlation(left, right) < _LEAST_ALIKE:
        return _ALL
    gain, start = levels(here, there, known)
    (a, b), (c, d) = (
        _ends(volume.planes[at]) for volume, at in zip((one, other), seed, strict=True)
    )
    low, high = max(a, (c - start) / gain), min(b, (d - start) / gain)
    return (low, high), (low * gain + start, high * gain + start)


def _ends(plane: NDArray[np.float16]) -> Range:
    return float(plane.min()), float(plane.max())


def _nudged(
    one: Sketch, other: Sketch, matrix: Plain, seed: tuple[int, int], shown: tuple[Range, Range]
) -> Plain:
    """Return a map from one to the other, by what is finest in two slices."""
    for _ in range(_STEPS):
        meeting = _met(one, other, matrix, shown)
        here, there = meeting.one[seed[0]], meeting.other[seed[1]]
        known = here.known & there.known
        if not is_enough(known):
            break
        if _is_finer(matrix):
            matrix = nudged(there.fine, here.fine, known, matrix, one.planes.shape[1:])
        else:
            back = nudged(here.fine, there.fine, known, _inverse(matrix), other.planes.shape[1:])
            matrix = _inverse(back)
    return matrix


def _snapped(
    one: Sketch, other: Sketch, matrix: Plain, seed: tuple[int, int], shown: tuple[Range, Range]
) -> Plain:
    """Return a shift of whole pixels instead, where slices agree better under it."""
    exact = whole(matrix)
    if exact is None:
        return matrix
    now, then = (_met(one, other, way, shown).seen(*seed) for way in (matrix, exact))
    return exact if then is not None and (now is None or then.rich > now.rich) else matrix
