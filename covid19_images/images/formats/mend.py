"""Take away what stands beside a whole picture, and what readers stumble over.

Pillow refuses a PNG for the sum, the size or the kind of a chunk that no pixel needs, and a JPEG
whose end marker is missing though all of its pixels are there.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import simplejpeg

from covid19_images.manifest.record import MediaType

_PNG = b"\x89PNG\r\n\x1a\n"
_NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_WORDS = (b"tEXt", b"zTXt", b"iTXt", b"eXIf")
_MOST_CHUNKS = 100_000
_JPEG_END = b"\xff\xd9"


@dataclass(frozen=True, slots=True)
class Mended:
    """A file without what is not needed.

    Attributes:
        content: The file.
        has_words: Whether words were taken away; nobody knows what they say.
    """

    content: bytes
    has_words: bool = False


def mended(content: bytes, media_type: MediaType) -> Mended | None:
    """Return a file whose picture is the same and that more readers read; `None` for none."""
    if media_type == "image/png":
        return _pared(content)
    if media_type == "image/jpeg":
        return _ended(content)
    return None


def _pared(content: bytes) -> Mended | None:
    chunks = list(islice(_chunks(content), _MOST_CHUNKS + 1))
    kept = [one for one in chunks if one[0] in _NEEDED and _is_sound(*one)]
    if len(kept) == len(chunks) or len(chunks) > _MOST_CHUNKS:
        return None
    has_words = any(name in _WORDS for name, *_ in chunks)
    return Mended(_PNG + b"".join(_written(*one) for one in kept), has_words)


def _is_sound(name: bytes, data: bytes, crc: bytes) -> bool:
    # Whether a critical chunk is sound, its reader says: that the picture is broken is not mended.
    return name[:1].isupper() or zlib.crc32(name + data).to_bytes(4) == crc


def _written(name: bytes, data: bytes, crc: bytes) -> bytes:
    return len(data).to_bytes(4) + name + data + crc


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield name, data and sum of each chunk, as far as they are whole."""
    at = len(_PNG)
    while at + 12 <= len(content):
        size = int.from_bytes(content[at : at + 4])
        end = at + 12 + size
        if end > len(content):
            return
        yield content[at + 4 : at + 8], content[at + 8 : end - 4], content[end - 4 : end]
        if content[at + 4 : at + 8] == b"IEND":
            return
        at = end


def _ended(content: bytes) -> Mended | None:
    """Return a JPEG with its end marker, where that alone is missing."""
    if _JPEG_END in content[-2:]:
        return None
    whole = content.removesuffix(b"\xff") + _JPEG_END
    try:
        # Where a pixel is missing, libjpeg warns and makes one up; strict makes that an error.
        simplejpeg.decode_jpeg(whole, "GRAY", min_height=1, min_width=1, min_factor=8, strict=True)
    except ValueError:
        return None
    return Mended(whole)
