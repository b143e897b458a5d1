"""Decode DICOM files, with or without preamble, plain or compressed."""

import math
from dataclasses import replace

import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import get_expected_length, pixel_array

from covid19_images.images.formats import (
    codestream,
    dicom_file,
    dicom_grey,
    dicom_table,
    grey,
    headers,
)
from covid19_images.images.formats.dicom_grey import Rendering, Window, between
from covid19_images.images.formats.dicom_table import Range, RenderingError
from covid19_images.images.formats.picture import Limits, Picture, Samples, UnreadableError

_BYTE = 8  # bits


def decode(content: bytes, limits: Limits) -> Picture:
    """Decode a DICOM file.

    Samples stay as stored. Rescale, window and MONOCHROME1 are given by `black` and `white`, or by
    `renderings` where lookup tables, curves or windows of single frames say more than these.

    Raises:
        UnreadableError: It has no pixels, or is too large.
    """
    dataset = opened(content, limits)
    samples = stored(dataset)
    padding = _padding(dataset) if samples.ndim == 3 else None
    renderings: tuple[Rendering, ...] = ()
    if samples.ndim == 3:
        renderings = _renderings(dataset, samples, padding)
        black, white = _ends(renderings[len(samples) // 2], samples, padding)
        if len(set(renderings)) == 1 and renderings[0].window is not None:
            renderings = ()
    else:
        black, white = _colour_range(dataset, samples)
    return Picture(
        media_type="application/dicom",
        samples=grey.filled(samples, black),
        bit_depth=int(dataset.get("BitsStored") or samples.dtype.itemsize * 8),
        black=black,
        white=white,
        padding=padding,
        renderings=renderings,
        representative=len(samples) // 2,
        headers=headers.read(dataset),
        privacy=("dicom_identity",) if headers.has_identity(dataset) else (),
    )


def opened(content: bytes, limits: Limits) -> Dataset:
    """Open a DICOM file that has pixels, and check its size; nothing is decoded.

    Raises:
        UnreadableError: It has no pixels, is too large, or of a kind that is not read.
    """
    dataset = dicom_file.opened(content, limits)
    _check(dataset, limits)
    return dataset


def _check(dataset: Dataset, limits: Limits) -> None:
    width, height = int(dataset.Columns), int(dataset.Rows)
    frames = int(dataset.get("NumberOfFrames") or 1)
    limits.check(width, height, frames=frames, channels=int(dataset.SamplesPerPixel))
    if not dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        _check_length(dataset)
        return
    for frame in generate_frames(dataset.PixelData, number_of_frames=frames):
        if (size := codestream.size(frame)) not in (None, (width, height)):
            raise UnreadableError(
                f"a DICOM file whose header says {(width, height)}, its stream {size}"
            )


def _check_length(dataset: Dataset) -> None:
    there = len(dataset.get("PixelData") or b"")
    if "PixelData" in dataset and there < (announced := get_expected_length(dataset)):
        raise UnreadableError(
            f"a DICOM file that is truncated: {there:,} bytes of pixels where it announces "
            f"{announced:,}"
        )


def stored(dataset: Dataset) -> Samples:
    """Return the samples of all frames as they are stored.

    Raises:
        UnreadableError: They are not laid out as the header says.
    """
    samples = pixel_array(dataset)
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        samples = apply_color_lut(samples, dataset)
    if int(dataset.get("NumberOfFrames") or 1) == 1:
        samples = samples[None]
    frames, height, width, *channels = samples.shape
    announced = (int(dataset.get("NumberOfFrames") or 1), dataset.Rows, dataset.Columns)
    if (frames, height, width) != announced or channels not in ([], [3], [4]):
        raise UnreadableError("a DICOM file whose pixels are not laid out as its header says")
    return samples.astype(samples.dtype.newbyteorder("="), copy=False)


def _padding(dataset: Dataset) -> Range | None:
    value = dicom_grey.number(dataset.get("PixelPaddingValue"))
    if value is None:
        return None
    other = dicom_grey.number(dataset.get("PixelPaddingRangeLimit"))
    ends = [
        dicom_table.as_stored(end, dataset) for end in (value, value if other is None else other)
    ]
    return min(ends), max(ends)


def _colour_range(dataset: Dataset, samples: Samples) -> Range:
    """Return black and white of colours; windows are for grey only (PS3.3 C.11.2.1.2)."""
    if samples.dtype == np.uint8:
        return _whole(dataset, samples)
    return _real_range(samples, None)


def _renderings(dataset: Dataset, samples: Samples, padding: Range | None) -> tuple[Rendering, ...]:
    """Return how each frame is shown, with a window for every one.

    Raises:
        UnreadableError: The header does not say what is dark and what bright.
    """
    try:
        asked = dicom_grey.read(dataset, len(samples))
    except RenderingError as error:
        raise UnreadableError(str(error)) from None
    if len(set(asked)) == 1:
        ends = _values_range(asked[0], samples, padding)
        return (_shown(asked[0], _whole_bytes(dataset, samples, asked[0], ends)),) * len(samples)
    planes = zip(asked, samples, strict=True)
    own = [_values_range(rendering, plane, padding) for rendering, plane in planes]
    common = min(low for low, _ in own), max(high for _, high in own)
    return tuple(_shown(rendering, common) for rendering in asked)


def _values_range(rendering: Rendering, stored: Samples, padding: Range | None) -> Range:
    if rendering.modality:
        planes = stored if stored.ndim == 3 else stored[None]
        # One plane at a time, because looked-up values are larger than samples.
        ranges = [_table_range(rendering, plane, padding) for plane in planes]
        return min(low for low, _ in ranges), max(high for _, high in ranges)
    ends = rendering.values(np.array(_real_range(stored, padding)))
    return float(ends.min()), float(ends.max())


def _table_range(rendering: Rendering, plane: Samples, padding: Range | None) -> Range:
    measured = plane[~grey.is_padding(plane, padding)] if padding else plane
    return grey.real_range(rendering.values(measured))


def _shown(rendering: Rendering, values: Range) -> Rendering:
    """Put the range of the values where no window is, or one that shows nothing of them."""
    voi = rendering.voi
    if isinstance(voi, Window) and voi.function != "SIGMOID":
        low, high = voi.ends
        if low > values[1] or high < values[0]:
            voi = None
    return replace(rendering, voi=voi or between(*values))


def _whole_bytes(dataset: Dataset, samples: Samples, rendering: Rendering, ends: Range) -> Range:
    """Return the range that pictures of up to 8 bits are shown in: all of it, as stored."""
    if samples.dtype != np.uint8 or rendering.modality or rendering.voi is not None:
        return ends
    whole = rendering.values(np.array(_whole(dataset, samples)))
    return float(whole.min()), float(whole.max())


def _whole(dataset: Dataset, samples: Samples) -> Range:
    most = 2 ** min(int(dataset.get("BitsStored") or _BYTE), _BYTE) - 1
    return 0.0, float(most if samples.max() <= most else 2**_BYTE - 1)


def _ends(rendering: Rendering, samples: Samples, padding: Range | None) -> Range:
    """Return the stored values shown black and white, or the ends that are nearest to them."""
    if rendering.window is not None:
        return rendering.window
    low, high = _real_range(samples, padding)
    dark, bright = rendering.levels(np.array([low, high]), None)
    return (high, low) if dark > bright else (low, high)


def _real_range(samples: Samples, padding: Range | None) -> Range:
    low, high = grey.real_range(grey.numbers(samples), padding)
    if not math.isfinite(high - low):
        raise UnreadableError("a DICOM file with pixels that are no numbers (NaN or infinite)")
    return low, high
