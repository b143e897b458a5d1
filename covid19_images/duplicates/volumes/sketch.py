"""Describe a volume by its planes, at most 0.8 MB a slice, enough to verify its copies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.features import Features, extract
from covid19_images.duplicates.volumes.slices import Slices, shrunk_shape, turn_of
from covid19_images.images.volumes.volume import Affine

_DARK, _BRIGHT = 1, 99  # percentiles of all voxels: a grey level is some five Hounsfield units
_PILED, _LEAST_INNER = 0.005, 0.2  # share of voxels with one value, and of all others
_FARTHEST = (-1000.0, 2000.0)  # grey levels: planes are not cut off at black and white
_SAMPLED = 2**20  # voxels that the percentiles are taken of

Planes = NDArray[np.float16]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sketch(Slices):
    """What is compared of a volume.

    Attributes:
        planes: Its slices in canonical orientation, (slices, rows, columns), at most 512 px, as
            grey levels and parts of them: a mean of many pixels is finer than one.
        sure: Where no pixel of a plane is cut off by a window, or padding.
    """

    planes: Planes
    sure: NDArray[np.bool_]


def sketch(
    key: str,
    voxels: NDArray[Any],
    affine: Affine | None = None,
    *,
    volume_id: str | None = None,
    series: str | None = None,
    features: Sequence[Features] | None = None,
) -> Sketch:
    """Return the sketch of a volume. Only one slice is held beside the voxels and its planes.

    Args:
        key: Names it among others.
        voxels: In the order columns, rows, slices.
        affine: Where they are, in RAS+; where it is not known they stay as they are.
        volume_id: Equal for equal voxels.
        series: The series that a single slice is of.
        features: Those of its slices, where they are known or not asked for.
    """
    turned, turn = _turned(voxels, affine)
    low, high, ends = _range(turned)
    planes, sure, found = [], [], list(features or ())
    for plane in np.moveaxis(turned, 2, 0):
        level = _level(plane, low, high)
        if features is None:
            found.append(extract(_grey(level)))
        planes.append(_shrunk(np.clip(level, *_FARTHEST)).astype(np.float16))
        cut_off = np.isin(plane.T, ends) | ~np.isfinite(plane.T)
        sure.append(_shrunk(cut_off.astype(np.float32)) == 0)
    columns, rows, slices = turned.shape
    return Sketch(
        key=key,
        planes=np.stack(planes),
        sure=np.stack(sure),
        features=tuple(found),
        size=(columns, rows, slices),
        turn=turn,
        volume_id=volume_id,
        is_placed=affine is not None,
        series=series,
    )


def slices(
    key: str, voxels: NDArray[Any], affine: Affine | None = None, *, volume_id: str | None = None
) -> Slices:
    """Return what copies of a volume are proposed by, as its sketch has it.

    Args:
        key: Names it among others.
        voxels: In the order columns, rows, slices.
        affine: Where they are, in RAS+.
        volume_id: Equal for equal voxels.
    """
    turned, turn = _turned(voxels, affine)
    low, high, _ = _range(turned)
    found = [extract(_grey(_level(plane, low, high))) for plane in np.moveaxis(turned, 2, 0)]
    columns, rows, count = turned.shape
    return Slices(
        key=key,
        features=tuple(found),
        size=(columns, rows, count),
        turn=turn,
        volume_id=volume_id,
        is_placed=affine is not None,
    )


def sketch_pictures(key: str, pictures: Sequence[NDArray[np.uint8]]) -> Sketch:
    """Return the sketch of pictures of one size that are a volume in their order, or of one.

    Args:
        key: Names it among others.
        pictures: Grey levels, (rows, columns).
    """
    return sketch(key, np.stack(pictures).transpose(2, 1, 0))


def _turned(voxels: NDArray[Any], affine: Affine | None) -> tuple[NDArray[Any], Affine]:
    """Return voxels in canonical orientation, and the way there."""
    columns, rows, count = voxels.shape
    turn, axes = turn_of(affine, (columns, rows, count))
    if axes is None:
        return voxels, turn
    return nib.apply_orientation(voxels, axes), turn  # type: ignore[no-untyped-call]


def _level(plane: NDArray[Any], low: float, high: float) -> NDArray[np.float32]:
    """Return a slice as grey levels, (rows, columns), some of them below 0 and above 255."""
    level = (np.asarray(plane.T, np.float32) - low) * (255 / (high - low))
    return np.asarray(np.nan_to_num(level, posinf=255, neginf=0), np.float32)


def _grey(level: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.clip(np.rint(level), 0, 255).astype(np.uint8)


def _range(voxels: NDArray[Any]) -> tuple[float, float, list[float]]:
    """Return the values that are shown black and white, and those that are no measurement.

    Many voxels have the least value where there is padding around a round field, and the least or
    the greatest where a window has cut off the rest.
    """
    step = max(1, round((voxels.size / _SAMPLED) ** (1 / 2)))
    some = np.asarray(voxels[::step, ::step], np.float64)
    values = some[np.isfinite(some)]
    ends = []
    for end in (values.min(initial=0), values.max(initial=0)):
        inner = values[values != end]
        if _LEAST_INNER * values.size < inner.size < (1 - _PILED) * values.size:
            values = inner
            ends.append(float(end))
    if not values.size:
        return 0.0, 1.0, ends
    low, high = (float(end) for end in np.percentile(values, (_DARK, _BRIGHT)))
    return low, (high if high > low else low + 1), ends


def _shrunk(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    rows, columns = shrunk_shape(*levels.shape)
    if (rows, columns) == levels.shape:
        return levels
    size = columns, rows
    return np.asarray(cv2.resize(levels, size, interpolation=cv2.INTER_AREA), np.float32)
