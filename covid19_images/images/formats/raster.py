"""Decode JPEG, PNG, TIFF, BMP, GIF and WebP.

Samples are turned upright as the EXIF orientation says; a colour profile is not used, as imagehash
uses none.
"""

import io
import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace

import cv2
import numpy as np
from cv2.utils import logging as cv2_logging
from PIL import Image

from covid19_images.images.formats import grey, jpeg, terminal, tiff
from covid19_images.images.formats.mend import mended
from covid19_images.images.formats.metadata import has_personal_metadata
from covid19_images.images.formats.orientation import orientation, tiff_orientation, upright
from covid19_images.images.formats.picture import Limits, Picture, Samples, UnreadableError
from covid19_images.manifest.record import MediaType, Privacy

_PIL_NAME: dict[MediaType, str] = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/tiff": "TIFF",
    "image/bmp": "BMP",
    "image/gif": "GIF",
    "image/webp": "WEBP",
}
# Every 8-bit mode PIL opens, and the mode that holds the same picture without palette or ink.
_EXPANDED = {
    "1": "L",
    "L": "L",
    "LA": "LA",
    "RGB": "RGB",
    "RGBA": "RGBA",
    "RGBX": "RGB",
    "RGBa": "RGBA",
    "P": "RGB",
    "PA": "RGBA",
    "CMYK": "RGB",
    "YCbCr": "RGB",
}
_WITH_ALPHA = {"L": "LA", "RGB": "RGBA"}
_GREY_AXES, _CHANNELS_WITH_ALPHA = 3, (2, 4)
_WIDEST_FIRST = ("RGBA", "RGB", "LA", "L")
_BYTE = 8  # bits
_PNG_DEPTH_AT, _PNG_COLOUR_AT = 24, 25  # bytes into the file
_PNG_PALETTE = 3
_TIFF_SUBFILE, _TIFF_OLD_SUBFILE, _TIFF_DEPTHS, _TIFF_PHOTOMETRIC = 254, 255, 258, 262
_TIFF_REDUCED, _TIFF_OLD_REDUCED, _TIFF_WHITE_IS_ZERO = 1, 2, 0
_ODD = (OSError, SyntaxError, ValueError)  # what Pillow raises where a file is not as it should be


def decode(content: bytes, media_type: MediaType, limits: Limits) -> Picture:
    """Decode an ordinary image file; its frames are its pages or its animation.

    Raises:
        UnreadableError: It is broken or too large, or its pages differ in size.
    """
    with terminal.quiet() if media_type == "image/tiff" else nullcontext():
        try:
            return _read(content, media_type, limits)
        except Image.DecompressionBombError:  # of the file, or of a later frame
            raise UnreadableError(f"more pixels than the limit of {limits.max_pixels:,}") from None


def _read(content: bytes, media_type: MediaType, limits: Limits) -> Picture:
    if media_type == "image/tiff" and tiff.is_unusual(content):
        return _unusual(content, limits)
    try:
        return _decode(content, media_type, limits)
    except _ODD:
        better = mended(content, media_type)
        if better is None:
            raise
    picture = _decode(better.content, media_type, limits)
    return replace(picture, privacy=("exif",)) if better.has_words else picture


def _unusual(content: bytes, limits: Limits) -> Picture:
    found = tiff.decode(content, limits)
    samples = upright(found.samples, found.orientation)
    picture = _picture("image/tiff", samples, found.bit_depth, found.is_negative)
    privacy: tuple[Privacy, ...] = ("exif",) if found.has_words else ()
    return replace(picture, privacy=privacy, orientation=found.orientation)


def _decode(content: bytes, media_type: MediaType, limits: Limits) -> Picture:
    with Image.open(io.BytesIO(content), formats=[_PIL_NAME[media_type]]) as image:
        # A JPEG may carry other pictures behind the first (MPO): thumbnails, depth maps.
        frames = 1 if media_type == "image/jpeg" else int(getattr(image, "n_frames", 1))
        limits.check(*image.size, frames=frames)
        if media_type == "image/png" and image.mode == "P" and image.palette is None:
            raise UnreadableError("a PNG file of palette colours without its palette")
        pages = _pages(image, frames)
        image.seek(pages[0])
        limits.check(*image.size, frames=len(pages), channels=_channels(image, frames))
        depth = _depth(image, content, media_type)
        turned = tiff_orientation(image)  # Pillow forgets it when it has turned the picture
        samples = jpeg.samples(image, content)
        if samples is None:
            samples = _samples(image, content, pages, depth)
        privacy = has_personal_metadata(image)
        is_negative = _is_negative(image) and depth > _BYTE
        turned = turned or orientation(image)
    if media_type != "image/tiff":  # which Pillow and OpenCV turn themselves
        samples = upright(samples, turned)
    shown = _from_alpha(samples)
    picture = _picture(media_type, samples if shown is None else shown, depth, is_negative)
    return replace(
        picture,
        privacy=("exif",) if privacy else (),
        orientation=turned,
        is_from_alpha=shown is not None,
    )


def _picture(media_type: MediaType, samples: Samples, depth: int, is_negative: bool) -> Picture:
    low, high = _range(samples)
    black, white = (high, low) if is_negative else (low, high)
    return Picture(
        media_type=media_type,
        samples=grey.filled(samples, black),
        bit_depth=depth,
        black=black,
        white=white,
    )


def _from_alpha(samples: Samples) -> Samples | None:
    """Return the grey levels of a picture that is transparency over one colour, or `None`."""
    if samples.ndim == _GREY_AXES or samples.shape[3] not in _CHANNELS_WITH_ALPHA:
        return None
    colours, alpha = samples[..., :-1], samples[..., -1]
    colour = colours[0, 0, 0]
    if alpha.min() == alpha.max() or (colours != colour).any():
        return None
    white = np.iinfo(samples.dtype).max
    return alpha if colour.mean() > white / 2 else white - alpha


def _channels(image: Image.Image, frames: int) -> int:
    # Later frames of a palette animation come as RGBA.
    return 4 if frames > 1 else len(_EXPANDED.get(image.mode, "L"))


def _depth(image: Image.Image, content: bytes, media_type: MediaType) -> int:
    if media_type == "image/png":
        is_palette = content[_PNG_COLOUR_AT] == _PNG_PALETTE
        return _BYTE if is_palette else content[_PNG_DEPTH_AT]
    if media_type == "image/tiff" and image.mode != "P":
        depths = getattr(image, "tag_v2", {}).get(_TIFF_DEPTHS, (1,))
        return int(max(depths))
    return 1 if image.mode == "1" else _BYTE


def _is_negative(image: Image.Image) -> bool:
    # Pillow inverts such a TIFF itself, but only up to 8 bits.
    photometric = getattr(image, "tag_v2", {}).get(_TIFF_PHOTOMETRIC)
    return bool(photometric == _TIFF_WHITE_IS_ZERO)


def _range(samples: Samples) -> tuple[float, float]:
    if samples.dtype == np.uint8:
        return 0.0, 255.0
    has_alpha = samples.ndim > _GREY_AXES and samples.shape[3] in _CHANNELS_WITH_ALPHA
    shown = grey.numbers(samples[..., :-1] if has_alpha else samples)
    low, high = grey.real_range(shown)
    if not math.isfinite(high - low) or shown.size == 0:
        raise UnreadableError("an image with samples that are no numbers (NaN or infinite)")
    return low, high


def _pages(image: Image.Image, frames: int) -> Sequence[int]:
    """Return the indices of the pages that are no thumbnails of others; of all, where all are."""
    if image.format != "TIFF" or frames == 1:
        return range(frames)
    return [index for index in range(frames) if not _is_reduced(image, index)] or range(frames)


def _is_reduced(image: Image.Image, index: int) -> bool:
    image.seek(index)
    tags = getattr(image, "tag_v2", {})
    subfile, old = tags.get(_TIFF_SUBFILE, 0), tags.get(_TIFF_OLD_SUBFILE)
    return bool(subfile & _TIFF_REDUCED) or old == _TIFF_OLD_REDUCED


def _samples(image: Image.Image, content: bytes, pages: Sequence[int], depth: int) -> Samples:
    image.load()
    if image.mode in _EXPANDED and depth > _BYTE:
        return _deep(image, content)[None]  # of one page: see `formats.tiff`
    if len(pages) == 1:
        return _plane(image)[None]
    return np.stack(_planes(image, pages))


def _planes(image: Image.Image, indices: Sequence[int]) -> list[Samples]:
    size, pages = image.size, []
    for index in indices:
        image.seek(index)
        if image.size != size:
            raise UnreadableError("a file whose pages differ in size")
        image.load()
        pages.append(_expand(image))
    modes = {page.mode for page in pages}
    widest = next((mode for mode in _WIDEST_FIRST if mode in modes), None)
    if widest == "RGB" and "LA" in modes:
        widest = "RGBA"
    if widest is None and len(modes) > 1:
        raise UnreadableError("a file whose pages differ in depth")
    return [_array(page.convert(widest) if widest else page) for page in pages]


def _expand(image: Image.Image) -> Image.Image:
    if image.mode in ("I;16", "I;16B", "I;16L", "I;16N", "I", "F"):
        return image.copy()
    if image.mode not in _EXPANDED:
        raise UnreadableError(f"pixels of mode {image.mode}, which are not read")
    mode = _EXPANDED[image.mode]
    if "transparency" in image.info:
        mode = _WITH_ALPHA.get(mode, mode)
    return image.copy() if image.mode == mode else image.convert(mode)


def _plane(image: Image.Image) -> Samples:
    mode = _EXPANDED.get(image.mode)
    is_plain = mode == image.mode and "transparency" not in image.info
    return _array(image if is_plain else _expand(image))


def _array(image: Image.Image) -> Samples:
    samples: Samples = np.asarray(image)
    return samples.astype(samples.dtype.newbyteorder("="), copy=False)


def _deep(image: Image.Image, content: bytes) -> Samples:
    """Decode 16-bit colour with OpenCV, because PIL silently keeps the upper 8 bits only."""
    level = cv2_logging.setLogLevel(cv2_logging.LOG_LEVEL_SILENT)
    try:
        with terminal.quiet():
            deep = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    finally:
        cv2_logging.setLogLevel(level)
    if deep is None or deep.shape[:2] != image.size[::-1] or deep.dtype == np.uint8:
        raise UnreadableError("16-bit colour that cannot be decoded")
    if deep.ndim == 2:
        return deep
    order = [2, 1, 0, 3][: deep.shape[2]]  # OpenCV has blue first
    is_grey_alpha = image.mode == "LA"
    return np.ascontiguousarray(deep[..., [0, 3] if is_grey_alpha else order])
