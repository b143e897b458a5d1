"""Turn an upstream's file of a mask into what a release ships of it: its values and nothing else.

NIfTI becomes NIfTI with a new header of size, type and affine; every other picture becomes PNG.
"""

import gzip
import io
from collections.abc import Iterator
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from covid19_images.images import decode
from covid19_images.images.formats import nifti
from covid19_images.images.formats.picture import STANDARD, Limits, UnreadableError
from covid19_images.images.refused import Refused
from covid19_images.images.write_nifti import write_nifti
from covid19_images.images.write_png import write_png
from covid19_images.manifest.record import MediaType

_GREY = 3  # axes: frames, rows, columns
_KINDS = (np.dtype(np.uint8), np.dtype(np.int16), np.dtype(np.int32))
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"  # no name, no time, no system
_SILENT = ("data_type", "db_name", "descrip", "aux_file", "intent_name", "intent_code", "regular")
_HEADER_BYTES, _VOXELS_AT = 348, 352


def process(content: bytes, *, limits: Limits = STANDARD) -> bytes | Refused:
    """Make what a release ships of a mask.

    Args:
        content: The upstream's file.
        limits: What is too large.

    Returns:
        A file of the same values, or why there is none.
    """

    def act(media_type: MediaType) -> bytes:
        if media_type == "application/x-nifti":
            return _of_volume(content, limits)
        return _of_picture(content, limits)

    return decode.guarded(content, act, limits=limits)


def _of_volume(content: bytes, limits: Limits) -> bytes:
    header, samples = nifti.stored(content, limits)
    if samples.ndim != _GREY:
        raise UnreadableError("a mask in colour")
    slope, intercept = nifti.rescale_of(header)
    affine = nifti.affine_of(header)
    return write_nifti(_whole(samples * slope + intercept).T, affine)


def _of_picture(content: bytes, limits: Limits) -> bytes:
    picture = decode.read(content, limits=limits)
    if isinstance(picture, Refused):
        raise UnreadableError(picture.reason)
    if picture.frames > 1:
        raise UnreadableError("a mask of several frames")
    plane = picture.samples[0]
    if plane.ndim == _GREY:
        plane = plane[..., :3].max(axis=-1)
    values = _whole(plane)
    if values.min() < 0 or values.max() > np.iinfo(np.uint16).max:
        raise UnreadableError("a mask whose values are no levels of a picture")
    return write_png(values.astype(np.uint8 if values.max() <= np.iinfo(np.uint8).max else "<u2"))


def _whole(values: NDArray[Any]) -> NDArray[Any]:
    """Return whole numbers, in the smallest type that holds them."""
    if not np.isfinite(values).all() or (values != np.rint(values)).any():
        raise UnreadableError("a mask whose values are no whole numbers")
    for kind in _KINDS:
        if np.iinfo(kind).min <= values.min() and values.max() <= np.iinfo(kind).max:
            return values.astype(kind)
    raise UnreadableError("a mask whose values are too large")


def foreign_parts(content: bytes) -> Iterator[str]:
    """List what a NIfTI mask says beside its values and where they are; it may say nothing."""
    if not content.startswith(_GZIP_HEAD):
        yield "gzip with a name or a time"
        return
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
        head = stream.read(_VOXELS_AT)
        if len(head) < _VOXELS_AT or head[_HEADER_BYTES:] != bytes(4):
            yield "NIfTI with extensions"
            return
        header = nib.Nifti1Header(head[:_HEADER_BYTES])  # type: ignore[no-untyped-call]
        for name in _SILENT:
            if np.asarray(header[name]).tobytes().strip(b"\0r"):
                yield f"NIfTI with {name}"
        shape = header.get_data_shape()  # type: ignore[no-untyped-call]
        kind = header.get_data_dtype()  # type: ignore[no-untyped-call]
        size = int(np.prod(shape)) * kind.itemsize
        if int(header["vox_offset"]) not in (0, _VOXELS_AT) or len(stream.read()) != size:
            yield "NIfTI with more than its voxels"
