"""The one border through which upstream's image bytes enter.

Bytes go in, a `Picture` or a `Refused` comes out: never an exception, never a warning on the
terminal. What a file is, its content says; its name is not asked.
"""

import logging
import re
import struct
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import cv2
from PIL import UnidentifiedImageError
from pydicom.errors import BytesLengthException, InvalidDicomError

from covid19_images.images.formats import dicom, nifti, raster, sniff
from covid19_images.images.formats.picture import STANDARD, Limits, Picture, UnreadableError
from covid19_images.images.formats.sniff import media_type
from covid19_images.images.refused import Refused
from covid19_images.manifest.record import MediaType

__all__ = ["DECODER_SET", "Limits", "Picture", "Refused", "guarded", "media_type", "read"]

T = TypeVar("T")

_LONGEST_REASON = 200  # characters

# What PIL, OpenCV, tifffile, pydicom and its plugins, nibabel and gzip raise on broken files, found
# by reading them and by flipping bytes. A name not in this list is a mistake of ours, and shows.
_BROKEN = (
    ArithmeticError,
    AttributeError,
    BytesLengthException,
    EOFError,
    InvalidDicomError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    cv2.error,
    struct.error,
    zlib.error,
)
# Who speaks while a kind of file is decoded. No more are silenced than that: each costs time, and
# an ordinary picture is decoded in little more.
_LOGGERS: dict[MediaType, tuple[str, ...]] = {
    "application/dicom": ("pydicom", "libjpeg", "openjpeg", "PIL"),
    "application/x-nifti": ("nibabel.global",),
    "image/tiff": ("PIL.TiffImagePlugin", "tifffile"),
}
DECODER_SET = 5
"""Raised when a file that was refused may be readable now, as with a new format.

Refusals that an older set made are tried again; what was read stays as it is.
"""
_ORDINARY_LOGGERS = ("PIL.TiffImagePlugin",)  # reads EXIF too; the rest of PIL only debugs


def read(content: bytes, *, limits: Limits = STANDARD) -> Picture | Refused:
    """Decode an image file.

    Args:
        content: The file's bytes.
        limits: What is too large; checked against the headers before anything is decoded.

    Returns:
        The picture, or why there is none.
    """
    return guarded(content, lambda found: _decode(content, found, limits), limits=limits)


def guarded(
    content: bytes, act: Callable[[MediaType], T], *, limits: Limits = STANDARD
) -> T | Refused:
    """Do something with an image file that may be broken in any way.

    Args:
        content: The file's bytes.
        act: What is done; it is given the media type that the content says.
        limits: What is too large.

    Returns:
        What it returned, or why there is nothing.
    """
    if len(content) > limits.max_bytes:
        return Refused(f"{len(content):,} bytes are more than the limit of {limits.max_bytes:,}")
    found = media_type(content)
    if found is None:
        return Refused(sniff.why_no_image(content))
    with _quiet(_LOGGERS.get(found, _ORDINARY_LOGGERS)):
        try:
            return act(found)
        except UnreadableError as error:
            return Refused(_printable(str(error)))
        except _BROKEN as error:
            return Refused(_broken(found, error))


def _decode(content: bytes, found: MediaType, limits: Limits) -> Picture:
    match found:
        case "application/dicom":
            return dicom.decode(content, limits)
        case "application/x-nifti":
            return nifti.decode(content, limits)
    return raster.decode(content, found, limits)


def _broken(found: MediaType, error: BaseException) -> str:
    name = found.partition("/")[2].removeprefix("x-")
    sentence = f"a {name} file that cannot be decoded ({type(error).__name__}"
    # pydicom names the values it stumbles over, and they may be names or dates.
    detail = "" if found == "application/dicom" else str(error)
    if isinstance(error, UnidentifiedImageError):
        return f"a {name} file that cannot be decoded (its header is broken, or of a rare kind)"
    return _printable(f"{sentence}: {detail})" if detail else f"{sentence})")


def _printable(text: str) -> str:
    text = re.sub(r"b?(['\"]).*\1", "…", text)  # bytes of the file, which may be anything
    text = re.sub(r"<_io\.\w+ object at 0x[0-9a-f]+>", "it", text)
    return re.sub(r"[^ -~]+", " ", text)[:_LONGEST_REASON]


@contextmanager
def _quiet(names: Iterable[str]) -> Iterator[None]:
    """Keep the libraries' warnings off the terminal while they decode."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
