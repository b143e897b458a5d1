"""Recognise a format by the first bytes of a file, never by its name."""

import gzip
import io
import struct
import zlib

from covid19_images.manifest.record import MediaType

GZIP = b"\x1f\x8b"
DICOM_PREAMBLE_BYTES = 128
NIFTI_HEADER_BYTES = 540  # the longer one, of NIfTI-2

_MAGIC: tuple[tuple[bytes, MediaType], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),  # BigTIFF
    (b"MM\0+", "image/tiff"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
# What is no format of ours, by the bytes at a place; only for the sentence that says so.
_OTHERS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "a PDF"),
    (0, b"%!PS", "a PostScript file"),
    (0, b"PK\3\4", "a ZIP archive"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 file"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 file"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL file"),
    (0, b"\xff\x0a", "a JPEG XL file"),
    (4, b"ftypavif", "an AVIF file"),
    (4, b"ftypavis", "an AVIF file"),
    (4, b"ftyphei", "a HEIC file"),
    (4, b"ftyphev", "a HEIC file"),
    (4, b"ftypmif1", "a HEIF file"),
    (4, b"ftyp", "a video"),
)
_READ = "JPEG, PNG, TIFF, BMP, GIF, WebP, DICOM and NIfTI are"
_BMP_HEADER_BYTES = (12, 40, 52, 56, 64, 108, 124)
_LARGEST_FIRST_ELEMENT = 256  # bytes; a DICOM file begins with a length, a version or an image type


def media_type(content: bytes) -> MediaType | None:
    """Return the media type of a file, or `None` where it is no image format we know."""
    for magic, found in _MAGIC:
        if content.startswith(magic):
            # A DICOM file may have the header of a TIFF in its preamble; it still says who it is.
            is_both = found == "image/tiff" and has_preamble(content)
            return "application/dicom" if is_both else found
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if _is_bmp(content):
        return "image/bmp"
    if has_preamble(content) or _is_bare_dicom(content):
        return "application/dicom"
    return "application/x-nifti" if nifti_version(_unpacked_head(content)) else None


def has_preamble(content: bytes) -> bool:
    """Return whether a file begins as DICOM part 10 says."""
    return content[DICOM_PREAMBLE_BYTES:].startswith(b"DICM")


def nifti_version(head: bytes) -> int | None:
    """Return the version of a NIfTI header, 1 or 2; `None` where it is none."""
    if head[:4] in (struct.pack("<i", 540), struct.pack(">i", 540)):
        is_whole = len(head) >= NIFTI_HEADER_BYTES
        return 2 if is_whole and head[4:12] in (b"n+2\0\r\n\x1a\n", b"ni2\0\r\n\x1a\n") else None
    if head[:4] in (struct.pack("<i", 348), struct.pack(">i", 348)):
        return 1 if head[344:348] in (b"n+1\0", b"ni1\0") else None
    return None


def why_no_image(content: bytes) -> str:
    """Return what a file is instead of an image, in a sentence."""
    start = content[:1024].lstrip().lower()
    if not content:
        return "the file is empty"
    if content.startswith(b"version https://git-lfs.github.com/spec/"):
        return "a Git LFS pointer: the picture itself is not in the repository"
    if content.startswith(b"/annex/objects/"):
        return "a git-annex pointer: the picture itself is not in the repository"
    if start.startswith((b"<!doctype html", b"<html")):
        return "an HTML page, not an image"
    if content.startswith(GZIP):
        return "a gzip file that holds no NIfTI volume"
    if start.startswith(b"<svg") or (start.startswith(b"<?xml") and b"<svg" in start):
        return f"an SVG drawing, no image format that is known: {_READ}"
    for at, magic, name in _OTHERS:
        if content.startswith(magic, at):
            return f"{name}, no image format that is known: {_READ}"
    if content[:1024].isascii() and b"\0" not in content[:1024]:
        return "a text file, not an image"
    return f"no image format that is known: {_READ}"


def _is_bmp(content: bytes) -> bool:
    # "BM" alone also begins any text about BMI.
    if not content.startswith(b"BM") or len(content) < 18:
        return False
    return int.from_bytes(content[14:18], "little") in _BMP_HEADER_BYTES


def _is_bare_dicom(content: bytes) -> bool:
    # Group 2 or 8, a low element, then a value representation or a small length.
    group, element = content[:2], content[2:4]
    if len(content) < 132 or group not in (b"\2\0", b"\x08\0") or element[1] != 0:
        return False
    explicit = content[4:6] in (b"UL", b"OB", b"UI", b"CS", b"DA", b"SH", b"LO", b"TM")
    return explicit or int.from_bytes(content[4:8], "little") <= _LARGEST_FIRST_ELEMENT


def _unpacked_head(content: bytes) -> bytes:
    if not content.startswith(GZIP):
        return content[:NIFTI_HEADER_BYTES]
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            return stream.read(NIFTI_HEADER_BYTES)
    except (OSError, EOFError, zlib.error):
        return b""
