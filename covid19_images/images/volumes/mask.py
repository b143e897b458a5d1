"""Read a file of masks: its size, where it is, and which values it has."""

from dataclasses import dataclass, field

import numpy as np

from covid19_images.images import decode
from covid19_images.images.formats import nifti
from covid19_images.images.formats.picture import STANDARD, Limits, Samples, UnreadableError
from covid19_images.images.refused import Refused
from covid19_images.images.volumes import strips
from covid19_images.images.volumes.rows import affine_text
from covid19_images.manifest.record import MediaType

_MOST_VALUES = 64  # of a mask; a picture has more
_GREY = 3  # axes: frames, rows, columns


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskFile:
    """What a file of masks holds.

    Attributes:
        media_type: What it is.
        size: Columns, rows and slices.
        affine: From these to RAS+ mm, as twelve numbers; of NIfTI only.
        values: The values it has, apart from 0; empty where they are no whole numbers, in colour,
            or more than a mask has.
        outlines: Of NIfTI drawn along each axis, of a picture as it is, as `strips.to_bytes` writes
            them; empty where there is nothing to outline.
    """

    media_type: MediaType
    size: tuple[int, int, int]
    affine: str | None = None
    values: tuple[int, ...] = ()
    outlines: bytes = field(default=b"", repr=False)


def read_mask(content: bytes, *, limits: Limits = STANDARD) -> MaskFile | Refused:
    """Read a file of masks.

    Args:
        content: Its bytes: NIfTI, or any picture.
        limits: What is too large.

    Returns:
        What it holds, or why it cannot be read.
    """

    def act(media_type: MediaType) -> MaskFile:
        if media_type != "application/x-nifti":
            return _of_picture(content, limits)
        header, samples = nifti.stored(content, limits)
        affine = nifti.affine_of(header)
        slope, intercept = nifti.rescale_of(header)
        values = _values(samples, slope, intercept)
        stored = [(value - intercept) / slope for value in values]
        drawn = strips.outlines(samples.T, affine, stored) if values else []
        return MaskFile(
            media_type=media_type,
            size=_size(samples),
            affine=None if affine is None else affine_text(affine),
            values=values,
            outlines=strips.to_bytes(drawn, is_exact=True),
        )

    return decode.guarded(content, act, limits=limits)


def _of_picture(content: bytes, limits: Limits) -> MaskFile:
    picture = decode.read(content, limits=limits)
    if isinstance(picture, Refused):
        raise UnreadableError(picture.reason)
    samples, values = picture.samples, _values(picture.samples)
    drawn = [strips.outlines_of_picture(samples[0], values)] if values and len(samples) == 1 else []
    return MaskFile(
        media_type=picture.media_type,
        size=_size(samples),
        values=values,
        outlines=strips.to_bytes(drawn, is_exact=True),
    )


def _size(samples: Samples) -> tuple[int, int, int]:
    frames, rows, columns = samples.shape[:3]
    return columns, rows, frames


def _values(samples: Samples, slope: float = 1.0, intercept: float = 0.0) -> tuple[int, ...]:
    if samples.ndim != _GREY:
        return ()
    found = {float(value) for plane in samples for value in _distinct(plane)}
    real = sorted(value * slope + intercept for value in found)
    if len(real) > _MOST_VALUES or not all(value.is_integer() for value in real):
        return ()
    return tuple(int(value) for value in real if value)


def _distinct(plane: Samples) -> Samples:
    """Return the values of a plane, or one that is no whole number where they are too many."""
    found = np.unique(plane)
    return found if len(found) <= _MOST_VALUES else np.array([0.5])
