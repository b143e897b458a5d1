"""Put slices in their order along one axis, and say what is missing or there twice.

Nothing is read here: it is geometry of positions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from covid19_images.images.volumes.volume import Affine
from covid19_images.manifest.volume import VolumeFinding

_SAME_MM = 0.01  # positions are written with few digits
_SAME_SHARE = 0.05  # of a step: what two equal steps may differ by
_RUN = 3  # so many equal steps are a spacing of their own; fewer of another size are gaps
_LPS_TO_RAS = np.array([-1.0, -1.0, 1.0])  # DICOM's axes run to the left and the back
_TURNED = 2e-3  # between direction cosines, or as a share of a spacing
_TILT = 1e-3  # sine of the angle between the normal and the way from slice to slice


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Where a slice is, in DICOM's coordinates (LPS, mm).

    Attributes:
        across: Unit vector along a row, in the sense of columns.
        down: Unit vector along a column, in the sense of rows.
        corner: Centre of the first voxel.
        spacing: Between rows and between columns, as DICOM writes it.
    """

    across: NDArray[np.float64]
    down: NDArray[np.float64]
    corner: NDArray[np.float64]
    spacing: tuple[float, float]

    @property
    def normal(self) -> NDArray[np.float64]:
        """Return the unit vector across the slice."""
        found: NDArray[np.float64] = np.cross(self.across, self.down)
        return found

    def is_like(self, other: "Plane") -> bool:
        """Return whether slices lie alike and are equally fine, so that they may be one volume."""
        mine, theirs = (np.concatenate([one.across, one.down]) for one in (self, other))
        is_turned = np.abs(mine - theirs).max() > _TURNED
        return not is_turned and bool(np.allclose(self.spacing, other.spacing, rtol=_TURNED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Slices of one volume in their order.

    Attributes:
        order: Which slice is at each place, by its number among those that were given.
        extra: Slices at a position that another one has.
        affine: From column, row and slice to RAS+ mm; `None` where the step is not known.
        gaps: Index of the slice before a gap, and how many slices are missing.
        finding: What is odd.
    """

    order: tuple[int, ...]
    extra: tuple[int, ...]
    affine: Affine | None
    gaps: tuple[tuple[int, int], ...]
    finding: tuple[VolumeFinding, ...]


def stacks(planes: Sequence[Plane], *, step_mm: float | None = None) -> list[Stack]:
    """Put slices of one orientation and size in order; one list for each spacing.

    Args:
        planes: Where they are. Where two are at one place, the first stays.
        step_mm: How far a lone slice is from the next, as its header says.
    """
    normal = planes[0].normal
    depth = [float(plane.corner @ normal) for plane in planes]
    places: list[list[int]] = []
    for number in sorted(range(len(planes)), key=lambda i: (depth[i], i)):
        if places and depth[number] - depth[places[-1][0]] < _SAME_MM:
            places[-1].append(number)
        else:
            places.append([number])
    places = [sorted(some) for some in places]
    steps = np.diff([depth[some[0]] for some in places])
    return [_stack(planes, places[a:b], steps[a : b - 1], step_mm) for a, b in _cuts(steps)]


def _cuts(steps: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return from where to where the spacing is one; most often that is everywhere."""
    long = [(a, b) for a, b in _runs(steps) if b - a >= _RUN]
    starts = [0]
    for (first, end), (a, _) in pairwise(long):
        if not _alike(steps[first], steps[a]):
            # A slice at which the spacing changes belongs to the finer part.
            is_shared = a == end and steps[a] > steps[first]
            starts.append(a + 1 if is_shared else a)
    return list(zip(starts, [*starts[1:], len(steps) + 1], strict=True))


def _runs(steps: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return from where to where neighbouring steps are alike."""
    bounds = [i for i in range(1, len(steps)) if not _alike(steps[i - 1], steps[i])]
    return list(zip([0, *bounds], [*bounds, len(steps)], strict=True)) if len(steps) else []


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= max(_SAME_MM, _SAME_SHARE * min(abs(one), abs(other)))


def _stack(
    planes: Sequence[Plane],
    places: Sequence[Sequence[int]],
    steps: NDArray[np.float64],
    step_mm: float | None,
) -> Stack:
    order = tuple(some[0] for some in places)
    extra = tuple(number for some in places for number in some[1:])
    finding: list[VolumeFinding] = []
    gaps: tuple[tuple[int, int], ...] = ()
    step = step_mm
    if len(steps):
        step, gaps, is_even = _step(steps)
        finding += ["gaps"] if gaps else []
        finding += [] if is_even else ["uneven_spacing"]
    else:
        finding.append("one_slice")
    finding += ["doubled_slices"] if extra else []
    affine, is_tilted = _affine(planes[order[0]], planes[order[-1]], step)
    finding += ["tilted"] if is_tilted else []
    return Stack(order=order, extra=extra, affine=affine, gaps=gaps, finding=tuple(finding))


def _step(steps: NDArray[np.float64]) -> tuple[float, tuple[tuple[int, int], ...], bool]:
    """Return the spacing, the gaps, and whether all steps are whole numbers of it."""
    near = steps[[_alike(step, steps.min()) for step in steps]]
    step = float(np.median(near))
    times = np.maximum(np.rint(steps / step), 1)
    # Over a wide gap the rounding of each step adds up.
    is_even = bool((np.abs(steps - times * step) <= _SAME_MM + _SAME_SHARE * step).all())
    gaps = tuple((at, int(count) - 1) for at, count in enumerate(times) if count > 1)
    # Where they are not, the affine leads from the first slice to the last, evenly.
    step = float(steps.sum() / (times.sum() if is_even else len(steps)))
    return step, gaps, is_even


def _affine(first: Plane, last: Plane, step: float | None) -> tuple[Affine | None, bool]:
    """Return the way from indices to RAS+ mm, and whether slices are shifted against each other."""
    if step is None:
        return None, False
    normal, way = first.normal, last.corner - first.corner
    along = float(way @ normal)
    toward = way / along if along > _SAME_MM else normal  # a step of 1 along the normal
    is_tilted = bool(np.linalg.norm(toward - normal) > _TILT)
    between_rows, between_columns = first.spacing
    affine = np.eye(4)
    vectors = (first.across * between_columns, first.down * between_rows, toward * step)
    affine[:3, :3] = np.column_stack(vectors)
    affine[:3, 3] = first.corner
    affine[:3] *= _LPS_TO_RAS[:, None]
    return affine + 0.0, is_tilted
