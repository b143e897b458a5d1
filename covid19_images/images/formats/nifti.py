"""Decode NIfTI-1 and NIfTI-2 volumes, plain or in gzip."""

import gzip
import io
import math
from dataclasses import replace
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from covid19_images.images.formats import grey, sniff
from covid19_images.images.formats.picture import Limits, Picture, Samples, UnreadableError
from covid19_images.images.formats.spool import Spool

_MAX_HEADER_BYTES = 2**24  # header extensions come before the voxels
_PAIRED = (b"ni1\0", b"ni2\0")
_WRONG_SUM = ("CRC check failed", "Incorrect length")  # else it is about what follows
_NO_TURN = (HeaderDataError, ValueError)  # of a qform whose numbers are no rotation
_MOST_PACKED = 1032  # bytes that deflate makes of one, at most
_SAME_SHARE = 0.1  # of a voxel
_GREY = 3  # axes: frames, rows, columns; colours are a fourth

Header = nib.Nifti1Header


def decode(content: bytes, limits: Limits) -> Picture:
    """Decode a volume; frame k is the slice k of its third axis.

    Slices whose axes are known to run left-right and front-back are turned as DICOM lays an
    axial slice: patient's right on the left, front on top. A fourth axis continues the frames:
    slice k of volume t is frame `t * slices + k`. Scale and offset do not change the samples.

    Raises:
        UnreadableError: It is broken, too large, or holds something else than real numbers.
    """
    header, voxels = stored(content, limits)
    samples = _upright(voxels, header)
    depth = samples.dtype.itemsize * 8
    black, white = _window(header, samples) if samples.ndim == _GREY else (0.0, 255.0)
    if samples.size > limits.max_samples:
        _fill(samples, black)
    return Picture(
        media_type="application/x-nifti",
        samples=samples if samples.size > limits.max_samples else grey.filled(samples, black),
        bit_depth=depth,
        black=black,
        white=white,
        representative=len(samples) // 2,
    )


def stored(content: bytes, limits: Limits) -> tuple[Header, Samples]:
    """Return the header of a volume, and its voxels as they are stored.

    Returns:
        The header; and samples of shape (frames, rows, columns), or with colours after these. Those
        of more samples than the limit are on disk, and not in memory.

    Raises:
        UnreadableError: It is broken, too large, or holds something else than real numbers.
    """
    is_packed = content.startswith(sniff.GZIP)
    plain = io.BytesIO(content)
    with gzip.GzipFile(fileobj=plain) if is_packed else plain as stream:
        header = _header(stream.read(sniff.NIFTI_HEADER_BYTES))
        shape = _shape(header, limits)
        _check_announced(header, shape, len(content) * (_MOST_PACKED if is_packed else 1))
        return header, _voxels(stream, header, shape, limits)


def _header(head: bytes) -> Header:
    version = sniff.nifti_version(head)
    kind = nib.Nifti2Header if version == 2 else nib.Nifti1Header
    order = "<" if head[0] else ">"  # of the header's own size, which comes first
    header = kind(head[: kind.template_dtype.itemsize], order, check=False)
    if bytes(header["magic"])[:3].ljust(4, b"\0") in _PAIRED:
        raise UnreadableError("a NIfTI header whose voxels are in another file (.img)")
    return header


def _shape(header: Header, limits: Limits) -> tuple[int, int, int]:
    """Return frames, rows and columns."""
    dim = [int(size) for size in header["dim"]]
    if not 1 <= dim[0] < len(dim):
        raise UnreadableError(f"the NIfTI header announces {dim[0]} dimensions")
    sizes = dim[1 : dim[0] + 1]
    columns, rows, slices, volumes, *more = [*sizes, *[1] * (7 - len(sizes))]
    if any(size != 1 for size in more):
        raise UnreadableError("a NIfTI file of more than four dimensions")
    if min(columns, rows, slices, volumes) < 1:
        raise UnreadableError("the NIfTI header announces an empty volume")
    channels = _channels(header)
    samples = columns * rows * slices * volumes * channels
    if samples * _stored(header).itemsize <= limits.max_spooled_bytes:
        limits = replace(limits, max_samples=max(samples, limits.max_samples))
    limits.check(columns, rows, frames=slices * volumes, channels=channels)
    return slices * volumes, rows, columns


def _channels(header: Header) -> int:
    try:
        stored = header.get_data_dtype()
    except (HeaderDataError, KeyError):
        raise UnreadableError("a NIfTI file with an unknown type of voxel") from None
    return 1 if stored.names is None else len(stored.names)


def _stored(header: Header) -> np.dtype[Any]:
    """Return the type of a sample: of colours (RGB24 and RGBA32) a byte for each."""
    stored: np.dtype[Any] = header.get_data_dtype()
    return stored if stored.names is None else np.dtype(np.uint8)


def _check_announced(header: Header, shape: tuple[int, ...], most_bytes: int) -> None:
    """Refuse what a file of this size cannot hold, before there is room made for it."""
    announced = math.prod(shape) * _channels(header) * _stored(header).itemsize
    if announced > most_bytes:
        raise UnreadableError(
            f"the NIfTI file is truncated: it announces {announced:,} bytes of voxels"
        )


def _voxels(
    stream: io.BufferedIOBase, header: Header, shape: tuple[int, ...], limits: Limits
) -> Samples:
    stored, channels = _stored(header), _channels(header)
    shape = shape if channels == 1 else (*shape, channels)
    if stored.kind not in "iuf" or stored.itemsize > np.dtype(np.float64).itemsize:
        raise UnreadableError("a NIfTI file whose voxels are not plain numbers")
    offset = float(header["vox_offset"])
    if not 0 <= offset <= _MAX_HEADER_BYTES:
        raise UnreadableError("the NIfTI header says its voxels are in an impossible place")
    stream.seek(max(int(offset), header.template_dtype.itemsize))
    if math.prod(shape) > limits.max_samples:
        voxels = _spooled(stream, stored, shape, limits)
    else:
        raw = _read(stream, stored, shape, 0)
        voxels = np.frombuffer(raw, stored).reshape(shape)
    _check_end(stream)
    return voxels.astype(stored.newbyteorder("="), copy=False)


def _spooled(
    stream: io.BufferedIOBase, stored: np.dtype[Any], shape: tuple[int, ...], limits: Limits
) -> Samples:
    """Lay voxels on disk, a frame at a time, in the byte order of this machine."""
    spool = Spool(limits.max_spooled_bytes)
    voxels: Samples = spool.array(shape, stored.newbyteorder("="))
    for at in range(shape[0]):
        raw = _read(stream, stored, shape[1:], at)
        voxels[at] = np.frombuffer(raw, stored).reshape(shape[1:])
    return voxels


def _read(
    stream: io.BufferedIOBase, stored: np.dtype[Any], shape: tuple[int, ...], before: int
) -> bytes:
    """Read samples of a shape, behind so many of the same."""
    size = math.prod(shape) * stored.itemsize
    raw = stream.read(size)
    if len(raw) < size:
        there = size * before + len(raw)
        raise UnreadableError(f"the NIfTI file is truncated: it ends after {there:,} bytes")
    return raw


def _check_end(stream: io.BufferedIOBase) -> None:
    """Let gzip reach the end of the voxels, and check its sum; what follows is nobody's.

    Raises:
        gzip.BadGzipFile: The sum is wrong.
    """
    try:
        stream.read(1)
    except gzip.BadGzipFile as error:
        if str(error).startswith(_WRONG_SUM):
            raise


def _upright(voxels: Samples, header: Header) -> Samples:
    affine = affine_of(header)
    if affine is None:
        return voxels
    along_columns, along_rows, _ = nib.aff2axcodes(affine)
    if along_columns not in ("L", "R") or along_rows not in ("A", "P"):
        return voxels
    rows = slice(None, None, -1 if along_rows == "A" else 1)
    columns = slice(None, None, -1 if along_columns == "R" else 1)
    return voxels[:, rows, columns]


def affine_of(header: Header) -> NDArray[np.float64] | None:
    """Return the way from columns, rows and slices to RAS+ mm; `None` where it is none."""
    try:
        affine: NDArray[np.float64] = np.asarray(header.get_best_affine(), np.float64)
    except _NO_TURN:
        return None
    if not np.isfinite(affine).all() or np.linalg.matrix_rank(affine) < len(affine):
        return None
    return affine


def rescale_of(header: Header) -> tuple[float, float]:
    """Return what stored samples are multiplied with, and what is added then."""
    slope, offset = float(header["scl_slope"]), float(header["scl_inter"])
    if not math.isfinite(slope) or not math.isfinite(offset) or slope == 0:
        return 1.0, 0.0
    return slope, offset


def forms_differ(header: Header) -> bool:
    """Return whether sform and qform are both set, and lead elsewhere; then the sform is used.

    They differ where a corner of the volume is a tenth of a voxel or more from itself, or where the
    qform is none that a volume can have.
    """
    if min(int(header["sform_code"]), int(header["qform_code"])) <= 0:
        return False
    try:
        one, other = header.get_sform(), header.get_qform()
    except _NO_TURN:
        return True
    ends = np.maximum(header["dim"][1:4].astype(np.float64) - 1, 0)
    corners = np.array([(*corner, 1) for corner in np.ndindex(2, 2, 2)]) * [*ends, 1]
    apart = np.linalg.norm(corners @ (one - other).T, axis=1)
    step = np.linalg.norm(one[:3, :3], axis=0).min()
    return not bool((apart < _SAME_SHARE * step).all())


def _fill(samples: Samples, black: float) -> None:
    """Do what `grey.filled` does, a frame at a time, in place."""
    if samples.dtype.kind == "f":
        for plane in samples:
            plane[np.isnan(plane)] = black


def _range(samples: Samples) -> tuple[float, float]:
    """Find the least and the greatest sample that is a number; NaN for both where there is none."""
    if samples.dtype.kind != "f":
        return float(samples.min()), float(samples.max())
    real = (plane[np.isfinite(plane)] for plane in samples)
    ends = [(float(one.min()), float(one.max())) for one in real if one.size]
    if not ends:
        return math.nan, math.nan
    return min(low for low, _ in ends), max(high for _, high in ends)


def _window(header: Header, samples: Samples) -> tuple[float, float]:
    low, high = _range(samples)
    if not math.isfinite(high - low):
        raise UnreadableError("a NIfTI file whose voxels are no numbers (NaN or infinite)")
    slope, offset = rescale_of(header)
    asked = [(float(header[name]) - offset) / slope for name in ("cal_min", "cal_max")]
    if all(map(math.isfinite, asked)) and low <= min(asked) < max(asked) <= high:
        return asked[0], asked[1]
    return (low, high) if slope > 0 else (high, low)
