"""Decode DICOM files, with or without preamble, plain or compressed."""

import io
import math
from collections.abc import Sequence

import pydicom
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from covid19_images.images.formats import codestream, grey, headers, sniff
from covid19_images.images.formats.picture import Limits, Picture, Samples, UnreadableError

# pydicom inflates these whole while it opens them, however large they get.
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_LUNG = (-1350.0, 150.0)  # Hounsfield units: centre -600, width 1500

Range = tuple[float, float]


def decode(content: bytes, limits: Limits) -> Picture:
    """Decode a DICOM file.

    Samples stay as stored; window, rescale and MONOCHROME1 are given by `black` and `white`.

    Raises:
        UnreadableError: It has no pixels, or is too large.
    """
    dataset = _open(content)
    _check(dataset, limits)
    samples = _samples(dataset)
    padding = _padding(dataset) if samples.ndim == 3 else None
    black, white = _window(dataset, samples, padding)
    return Picture(
        media_type="application/dicom",
        samples=samples,
        bit_depth=int(dataset.get("BitsStored") or samples.dtype.itemsize * 8),
        black=black,
        white=white,
        padding=padding,
        representative=len(samples) // 2,
        headers=headers.read(dataset),
        privacy=("dicom_identity",) if headers.has_identity(dataset) else (),
    )


def _open(content: bytes) -> Dataset:
    if _DEFLATED in content:
        raise UnreadableError("a DICOM file in the deflated transfer syntax, which is not read")
    dataset = pydicom.dcmread(io.BytesIO(content), force=not sniff.has_preamble(content))
    if not any(keyword in dataset for keyword in _PIXELS):
        raise UnreadableError("a DICOM file without pixels")
    if "TransferSyntaxUID" not in dataset.file_meta:
        is_implicit, is_little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if is_little else ExplicitVRBigEndian
        syntax = ImplicitVRLittleEndian if is_implicit else explicit
        dataset.file_meta.TransferSyntaxUID = syntax
    return dataset


def _check(dataset: Dataset, limits: Limits) -> None:
    width, height = int(dataset.Columns), int(dataset.Rows)
    frames = int(dataset.get("NumberOfFrames") or 1)
    limits.check(width, height, frames=frames, channels=int(dataset.SamplesPerPixel))
    if not dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        return
    for frame in generate_frames(dataset.PixelData, number_of_frames=frames):
        if (size := codestream.size(frame)) not in (None, (width, height)):
            raise UnreadableError(
                f"a DICOM file whose header says {(width, height)}, its stream {size}"
            )


def _samples(dataset: Dataset) -> Samples:
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


def _value(dataset: Dataset, sequence: str, keyword: str) -> object:
    """Return a value from where ordinary or enhanced multi-frame files keep it."""
    places = [dataset]
    for groups in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for group in list(dataset.get(groups) or ())[:1]:
            places += list(group.get(sequence) or ())
    values = [place.get(keyword) for place in places]
    return next((value for value in values if value not in (None, "")), None)


def _number(value: object) -> float | None:
    """Return the first of one or several numbers."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = next(iter(value), None)
    number = None if value is None else float(str(value))
    return number if number is not None and math.isfinite(number) else None


def _padding(dataset: Dataset) -> Range | None:
    value = _number(dataset.get("PixelPaddingValue"))
    if value is None:
        return None
    other = _number(dataset.get("PixelPaddingRangeLimit"))
    ends = (value, value if other is None else other)
    return min(ends), max(ends)


def _window(dataset: Dataset, samples: Samples, padding: Range | None) -> Range:
    """Return the stored values that are shown black and white."""
    low, high = grey.real_range(samples, padding)
    if not math.isfinite(high - low):
        raise UnreadableError("a DICOM file with pixels that are no numbers (NaN or infinite)")
    black, white = _asked(dataset) or (low, high)
    if not black <= high or not white >= low:
        black, white = low, high  # the window shows nothing of this picture
    elif (black, white) == (low, high) and samples.dtype.itemsize == 1 and low >= 0:
        black, white = 0.0, 255.0
    is_negative = dataset.PhotometricInterpretation == "MONOCHROME1"
    return (white, black) if is_negative else (black, white)


def _asked(dataset: Dataset) -> Range | None:
    """Turn the file's window, or the lung window of CT, into stored values."""
    slope = _number(_value(dataset, "PixelValueTransformationSequence", "RescaleSlope")) or 1.0
    offset = _number(_value(dataset, "PixelValueTransformationSequence", "RescaleIntercept"))
    centre = _number(_value(dataset, "FrameVOILUTSequence", "WindowCenter"))
    width = _number(_value(dataset, "FrameVOILUTSequence", "WindowWidth"))
    if centre is not None and width is not None and width > 1:
        # PS3.3 C.11.2.1.2.1; LINEAR_EXACT differs by half a grey level.
        low, high = centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2
    elif dataset.get("Modality") == "CT" and offset is not None:
        low, high = _LUNG
    else:
        return None
    return (low - (offset or 0.0)) / slope, (high - (offset or 0.0)) / slope
