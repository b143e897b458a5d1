"""Take what may tell a person out of an image file, without touching its pixels.

JPEG and PNG are chains of segments: those that hold text, cameras, places and times are left
out, everything else is copied byte for byte, so that not one pixel changes.
"""

import struct
from collections.abc import Iterator

from PIL import Image

from covid19_images.manifest.record import MediaType

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length: TEM and RST
_APP, _COMMENT = range(0xE0, 0xF0), 0xFE
_JFIF, _ICC, _ADOBE = b"JFIF\0", b"ICC_PROFILE\0", b"Adobe"
_ORIENTATION = 0x0112

_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
# How the pixels are to be shown; everything else that is not critical says something in words.
_PNG_KEPT = frozenset(
    {
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"iCCP",
        b"sBIT",
        b"pHYs",
        b"bKGD",
        b"acTL",
        b"fcTL",
        b"fdAT",
        b"cICP",
        b"hIST",
        b"sPLT",
    }
)
_CRITICAL = 0x20  # bit of the first letter of a chunk that may be left out


def stripped(content: bytes, media_type: MediaType, *, orientation: int = 1) -> bytes | None:
    """Copy a JPEG or PNG file without its metadata.

    Args:
        content: The file.
        media_type: What it is.
        orientation: The EXIF orientation to keep; 1 is upright and needs none.

    Returns:
        The file without it; `None` for other formats, or where its segments cannot be followed.
    """
    try:
        if media_type == "image/jpeg":
            return b"".join(_jpeg(content, orientation))
        if media_type == "image/png":
            return b"".join(_png(content))
    except (IndexError, struct.error, ValueError):
        return None
    return None


def _jpeg(content: bytes, orientation: int) -> Iterator[bytes]:
    if content[:2] != bytes([0xFF, _SOI]):
        raise ValueError("no JPEG")
    yield content[:2]
    if orientation != 1:
        yield _upright_tag(orientation)
    at = 2
    while True:
        at, marker = _marker(content, at)
        if marker == _EOI:
            yield bytes([0xFF, _EOI])
            return  # whatever follows are other pictures, with metadata of their own
        if marker in _ALONE:
            yield bytes([0xFF, marker])
            continue
        end = at + struct.unpack_from(">H", content, at)[0]
        if end > len(content):
            raise ValueError("a segment beyond the end")
        if not _tells(marker, content[at + 2 : at + 18]):
            yield bytes([0xFF, marker]) + content[at:end]
        at = end
        if marker == _SOS:
            at = _scan_end(content, end)
            yield content[end:at]


def _marker(content: bytes, at: int) -> tuple[int, int]:
    """Return the place after the next marker, and the marker."""
    if content[at] != 0xFF:
        raise ValueError("no marker")
    while content[at] == 0xFF:
        at += 1
    return at + 1, content[at]


def _tells(marker: int, head: bytes) -> bool:
    if marker == _COMMENT:
        return True
    return marker in _APP and not head.startswith((_JFIF, _ICC, _ADOBE))


def _scan_end(content: bytes, at: int) -> int:
    """Find the marker that ends a scan; in a scan, 0xFF is followed by 0 or a restart marker."""
    while True:
        at = content.index(b"\xff", at)
        if content[at + 1] != 0 and content[at + 1] not in _ALONE:
            return at
        at += 2


def _upright_tag(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    body = exif.tobytes()
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _png(content: bytes) -> Iterator[bytes]:
    if not content.startswith(_PNG_HEAD):
        raise ValueError("no PNG")
    yield _PNG_HEAD
    at, kind = len(_PNG_HEAD), b""
    while kind != b"IEND":
        size = struct.unpack_from(">I", content, at)[0]
        kind, end = content[at + 4 : at + 8], at + size + 12
        if end > len(content):
            raise ValueError("a chunk beyond the end")
        if not kind[0] & _CRITICAL or kind in _PNG_KEPT:
            yield content[at:end]
        at = end
