"""Describe a volume in some kilobytes a slice, enough to recognise and to verify its copies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.features import Features, extract
from covid19_images.images.volumes.volume import Affine

PLANE_PX = 512  # long side of a plane: noise is fine
_DARK, _BRIGHT = 1, 99  # percentiles of all voxels: a grey level is some five Hounsfield units
_PILED, _LEAST_INNER = 0.005, 0.2  # share of voxels with one value, and of all others
_FARTHEST = (-1000.0, 2000.0)  # grey levels: planes are not cut off at black and white
_SAMPLED = 2**20  # voxels that the percentiles are taken of

Planes = NDArray[np.float16]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sketch:
    """What is compared of a volume.

    Attributes:
        key: Names it among others.
        planes: Its slices in canonical orientation, (slices, rows, columns), at most 512 px, as
            grey levels and parts of them: a mean of many pixels is finer than one.
        sure: Where no pixel of a plane is cut off by a window, or padding.
        features: Of each slice, as of a picture.
        size: Columns, rows and slices in canonical orientation.
        turn: 4 × 4; from stored indices to canonical ones.
        volume_id: Equal for equal voxels.
        is_placed: Whether it is known which way its axes run.
        series: Whose slice it is, and so different from all others of it.
    """

    key: str
    planes: Planes
    sure: NDArray[np.bool_]
    features: tuple[Features, ...]
    size: tuple[int, int, int]
    turn: Affine
    volume_id: str | None = None
    is_placed: bool = False
    series: str | None = None

    @property
    def to_planes(self) -> Affine:
        """Return the way from canonical indices to columns, rows and slices of the planes."""
        way = np.eye(4)
        for axis, pixels in enumerate((self.planes.shape[2], self.planes.shape[1])):
            scale = pixels / self.size[axis]
            way[axis, axis], way[axis, 3] = scale, (scale - 1) / 2
        return way


def sketch(
    key: str,
    voxels: NDArray[Any],
    affine: Affine | None = None,
    *,
    volume_id: str | None = None,
    series: str | None = None,
) -> Sketch:
    """Return the sketch of a volume. Only one slice is held beside the voxels.

    Args:
        key: Names it among others.
        voxels: In the order columns, rows, slices.
        affine: Where they are, in RAS+; where it is not known they stay as they are.
        volume_id: Equal for equal voxels.
        series: The series that a single slice is of.
    """
    turn = np.eye(4)
    turned = voxels
    if affine is not None:
        axes = nib.io_orientation(affine)  # type: ignore[no-untyped-call]
        turned = nib.apply_orientation(voxels, axes)  # type: ignore[no-untyped-call]
        turn = np.linalg.inv(nib.orientations.inv_ornt_aff(axes, voxels.shape))  # type: ignore[no-untyped-call]
    low, high, ends = _range(turned)
    planes, sure, features = [], [], []
    for plane in np.moveaxis(turned, 2, 0):
        level = np.asarray(plane.T, np.float32)
        level = np.nan_to_num((level - low) * (255 / (high - low)), posinf=255, neginf=0)
        grey = np.clip(np.rint(level), 0, 255).astype(np.uint8)
        features.append(extract(grey))
        planes.append(_shrunk(np.clip(level, *_FARTHEST)).astype(np.float16))
        cut_off = np.isin(plane.T, ends) | ~np.isfinite(plane.T)
        sure.append(_shrunk(cut_off.astype(np.float32)) == 0)
    columns, rows, slices = turned.shape
    return Sketch(
        key=key,
        planes=np.stack(planes),
        sure=np.stack(sure),
        features=tuple(features),
        size=(columns, rows, slices),
        turn=turn,
        volume_id=volume_id,
        is_placed=affine is not None,
        series=series,
    )


def sketch_pictures(key: str, pictures: Sequence[NDArray[np.uint8]]) -> Sketch:
    """Return the sketch of pictures of one size that are a volume in their order, or of one.

    Args:
        key: Names it among others.
        pictures: Grey levels, (rows, columns).
    """
    return sketch(key, np.stack(pictures).transpose(2, 1, 0))


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
    scale = PLANE_PX / max(levels.shape)
    if scale >= 1:
        return levels
    size = max(8, round(levels.shape[1] * scale)), max(8, round(levels.shape[0] * scale))
    return np.asarray(cv2.resize(levels, size, interpolation=cv2.INTER_AREA), np.float32)
