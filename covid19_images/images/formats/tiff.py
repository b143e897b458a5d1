"""Decode the TIFF files that Pillow takes for something else: signed, wide or planar samples.

Pillow reads samples of 8 and 16 bits and floats of 32; of signed bytes, of unsigned numbers of
32 bits and of deep colours that lie in planes it makes noise without a word, and others it does
not know. Sample formats are those of TIFF 6.0, section 19; planes those of section 8.
"""

import io
from dataclasses import dataclass
from itertools import islice

import numpy as np
import tifffile

from covid19_images.images.formats import grey
from covid19_images.images.formats.metadata import PERSONAL_TAGS
from covid19_images.images.formats.orientation import TAG, TURNED, UPRIGHT
from covid19_images.images.formats.picture import Limits, Samples, UnreadableError

_GREY_OR_RGB = (
    tifffile.PHOTOMETRIC.MINISWHITE,
    tifffile.PHOTOMETRIC.MINISBLACK,
    tifffile.PHOTOMETRIC.RGB,
)
_BYTE, _WORD, _LONG = 8, 16, 32  # bits
_RGBA = 4  # channels


def is_unusual(content: bytes) -> bool:
    """Return whether a TIFF file is one that Pillow and OpenCV do not read as it was meant."""
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page, several = file.pages.first, len(file.pages) > 1
        form, bits, is_colour = page.sampleformat, page.bitspersample, page.samplesperpixel > 1
        in_planes = page.planarconfig == tifffile.PLANARCONFIG.SEPARATE
        channels = page.samplesperpixel
    if channels > _RGBA:
        return True
    if form == tifffile.SAMPLEFORMAT.UINT:
        is_odd = several or in_planes or channels == grey.GREY_ALPHA
        return bits > _WORD or (bits > _BYTE and is_colour and is_odd)
    usual = (_WORD, _LONG) if form == tifffile.SAMPLEFORMAT.INT else (_LONG,)
    return is_colour or bits not in usual


@dataclass(frozen=True, slots=True)
class Unusual:
    """What such a file holds.

    Attributes:
        samples: Shape (frames, height, width) or (frames, height, width, channels).
        bit_depth: Bits of a sample.
        is_negative: Whether the least sample is white.
        orientation: How it is to be turned, 1 to 8.
        has_words: Whether its tags may say who is shown, when, or where.
    """

    samples: Samples
    bit_depth: int
    is_negative: bool
    orientation: int
    has_words: bool


def decode(content: bytes, limits: Limits) -> Unusual:
    """Decode the pages of such a file that are no thumbnails of others.

    Raises:
        UnreadableError: It is too large, or of a kind that is not read.
    """
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        pages = _pages(file, limits)
        first = pages[0]
        if first.dtype is None or first.dtype.kind not in "iuf":
            raise UnreadableError("a TIFF file whose samples are no real numbers")
        if first.photometric not in _GREY_OR_RGB:
            raise UnreadableError("a TIFF file whose samples are neither grey levels nor RGB")
        if first.samplesperpixel > _RGBA:
            raise UnreadableError(f"a TIFF file of {first.samplesperpixel} channels")
        samples = np.stack([_samples(page) for page in pages])
        turned = first.tags.valueof(TAG, UPRIGHT)
        has_words = any(tag in page.tags for page in pages for tag in PERSONAL_TAGS)
    is_negative = first.photometric == tifffile.PHOTOMETRIC.MINISWHITE
    turned = turned if turned in TURNED else UPRIGHT
    return Unusual(samples, int(first.bitspersample), is_negative, turned, has_words)


def _pages(file: tifffile.TiffFile, limits: Limits) -> list[tifffile.TiffPage]:
    every = [page.aspage() for page in islice(file.pages, limits.max_frames + 1)]
    pages = [page for page in every if not page.is_reduced] or every[:1]
    first = pages[0]
    limits.check(
        first.imagewidth, first.imagelength, frames=len(pages), channels=first.samplesperpixel
    )
    if any((page.shape, page.dtype) != (first.shape, first.dtype) for page in pages):
        raise UnreadableError("a file whose pages differ in size or depth")
    if first.imagedepth != 1:
        raise UnreadableError("a TIFF file of volumes")
    return pages


def _samples(page: tifffile.TiffPage) -> Samples:
    try:
        planes: Samples = page.asarray(squeeze=False, maxworkers=1)
    except ValueError as error:
        if "imagecodecs" in str(error):
            name = getattr(page.compression, "name", page.compression)
            raise UnreadableError(
                f"a TIFF file of unusual samples whose compression is not read ({name})"
            ) from None
        raise
    samples = np.moveaxis(planes[:, 0], 0, 2)  # rows, columns, planes, samples of a plane
    samples = samples.reshape(*samples.shape[:2], -1)
    if samples.dtype == np.float16:
        samples = samples.astype(np.float32)
    return samples[..., 0] if samples.shape[2] == 1 else np.ascontiguousarray(samples)
