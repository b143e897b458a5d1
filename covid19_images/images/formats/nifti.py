"""Decode NIfTI-1 and NIfTI-2 volumes, plain or in gzip."""

import gzip
import io
import math

import nibabel as nib
import numpy as np
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from covid19_images.images.formats import grey, sniff
from covid19_images.images.formats.picture import Limits, Picture, Samples, UnreadableError

_MAX_HEADER_BYTES = 2**24  # header extensions come before the voxels
_PAIRED = (b"ni1\0", b"ni2\0")
_WRONG_SUM = ("CRC check failed", "Incorrect length")  # else it is about what follows
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
    return Picture(
        media_type="application/x-nifti",
        samples=grey.filled(samples, black),
        bit_depth=depth,
        black=black,
        white=white,
        representative=len(samples) // 2,
    )


def stored(content: bytes, limits: Limits) -> tuple[Header, Samples]:
    """Return the header of a volume, and its voxels as they are stored.

    Returns:
        The header; and samples of shape (frames, rows, columns), or with colours after these.

    Raises:
        UnreadableError: It is broken, too large, or holds something else than real numbers.
    """
    is_packed = content.startswith(sniff.GZIP)
    plain = io.BytesIO(content)
    with gzip.GzipFile(fileobj=plain) if is_packed else plain as stream:
        header = _header(stream.read(sniff.NIFTI_HEADER_BYTES))
        return header, _voxels(stream, header, _shape(header, limits))


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
    limits.check(columns, rows, frames=slices * volumes, channels=_channels(header))
    return slices * volumes, rows, columns


def _channels(header: Header) -> int:
    try:
        stored = header.get_data_dtype()
    except HeaderDataError:
        raise UnreadableError("a NIfTI file with an unknown type of voxel") from None
    return 1 if stored.names is None else len(stored.names)


def _voxels(stream: io.BufferedIOBase, header: Header, shape: tuple[int, ...]) -> Samples:
    stored = header.get_data_dtype()
    if colours := stored.names:  # RGB24 and RGBA32, a byte for each
        stored, shape = np.dtype(np.uint8), (*shape, len(colours))
    if stored.kind not in "iuf" or stored.itemsize > np.dtype(np.float64).itemsize:
        raise UnreadableError("a NIfTI file whose voxels are not plain numbers")
    offset = float(header["vox_offset"])
    if not 0 <= offset <= _MAX_HEADER_BYTES:
        raise UnreadableError("the NIfTI header says its voxels are in an impossible place")
    stream.seek(max(int(offset), header.template_dtype.itemsize))
    wanted = math.prod(shape) * stored.itemsize
    raw = stream.read(wanted)
    if len(raw) < wanted:
        raise UnreadableError(f"the NIfTI file is truncated: {len(raw):,} of {wanted:,} bytes")
    _check_end(stream)
    voxels = np.frombuffer(raw, stored).reshape(shape)
    return voxels.astype(stored.newbyteorder("="), copy=False)


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
    affine: NDArray[np.float64] = np.asarray(header.get_best_affine(), np.float64)
    if not np.isfinite(affine).all() or np.linalg.matrix_rank(affine) < len(affine):
        return None
    return affine


def rescale_of(header: Header) -> tuple[float, float]:
    """Return what stored samples are multiplied with, and what is added then."""
    slope, offset = float(header["scl_slope"]), float(header["scl_inter"])
    if not math.isfinite(slope) or not math.isfinite(offset) or slope == 0:
        return 1.0, 0.0
    return slope, offset


def _window(header: Header, samples: Samples) -> tuple[float, float]:
    low, high = grey.real_range(grey.numbers(samples))
    if not math.isfinite(high - low) or grey.numbers(samples).size == 0:
        raise UnreadableError("a NIfTI file with voxels that are no numbers (NaN or infinite)")
    slope, offset = rescale_of(header)
    asked = [(float(header[name]) - offset) / slope for name in ("cal_min", "cal_max")]
    if all(map(math.isfinite, asked)) and low <= min(asked) < max(asked) <= high:
        return asked[0], asked[1]
    return (low, high) if slope > 0 else (high, low)
