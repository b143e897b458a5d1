"""Copy of a PNG file the chunks that its pixels need, and nothing else.

The list is of what may stay, because nobody can list what may hold a name: private chunks, text,
times, palettes that are suggested or never used, names of colour profiles, bytes behind the end of
the pixels or of the file. https://www.w3.org/TR/png-3/#11Chunks
"""

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_GREY, _COLOUR, PALETTE = 0, 2, 3
_HEADER = struct.Struct(">IIBBBBB")
_GAMMAS = range(10_000, 1_000_000)  # 0.1 to 10, in units of 1/100,000
_INTENTS = range(4)
# Adam7: the first column and row of each pass, and the steps between its pixels.
_PASSES = tuple(
    tuple(map(int, digits)) for digits in ["0088", "4088", "0448", "2044", "0224", "1022", "0112"]
)
_INTERLACED = 1


class Chunk(NamedTuple):
    """One chunk of a PNG file; its checksum is right."""

    kind: bytes
    data: bytes


class Header(NamedTuple):
    """What the pixels of a PNG file are like, as its first chunk says."""

    width: int
    height: int
    depth: int
    colour: int
    interlace: int


def chunks(content: bytes) -> Iterator[Chunk]:
    """Read the chunks of a PNG file up to its end.

    Raises:
        ValueError: One does not fit or its checksum is wrong.
    """
    if not content.startswith(SIGNATURE):
        raise ValueError("no PNG")
    at, kind = len(SIGNATURE), b""
    while kind != b"IEND":
        if at + 12 > len(content):
            raise ValueError("a PNG without an end")
        size, kind = struct.unpack_from(">I4s", content, at)
        end = at + 12 + size
        data = content[at + 8 : end - 4]
        if end > len(content) or content[end - 4 : end] != _checksum(kind, data):
            raise ValueError("a chunk that does not fit")
        yield Chunk(kind, data)
        at = end


def header(first: Chunk) -> Header:
    """Return what the first chunk says.

    Raises:
        ValueError: It is not the header of a PNG file.
    """
    if first.kind != b"IHDR" or len(first.data) != _HEADER.size:
        raise ValueError("a PNG without a header")
    width, height, depth, colour, packing, filtering, interlace = struct.unpack(
        ">IIBBBBB", first.data
    )
    if colour not in _CHANNELS or packing or filtering or interlace > _INTERLACED:
        raise ValueError("a PNG of an unknown kind")
    return Header(width, height, depth, colour, interlace)


def pixel_bytes(head: Header) -> int:
    """Return how many bytes the pixels take before they are compressed."""
    whole = ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in _PASSES if head.interlace else whole:
        columns, rows = -(-(head.width - left) // across), -(-(head.height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * head.depth * _CHANNELS[head.colour] // 8))
    return total


def write(found: Sequence[Chunk]) -> bytes:
    """Write chunks as a PNG file."""
    parts = [SIGNATURE]
    for kind, data in found:
        parts += [struct.pack(">I", len(data)), kind, data, _checksum(kind, data)]
    return b"".join(parts)


def bare(content: bytes) -> bytes:
    """Copy a PNG file with the chunks that its pixels need only.

    Raises:
        ValueError: They cannot be distinguished from the rest; the pixels must be written anew.
    """
    found = list(chunks(content))
    head = header(found[0])
    before = [chunk for chunk in found[1:] if chunk.kind not in (b"IDAT", b"IEND")]
    first = {chunk.kind: chunk.data for chunk in reversed(before)}
    kept = [found[0]]
    kinds = dict.fromkeys(chunk.kind for chunk in before)  # each once, in their order
    unused = unused_entries(content) if head.colour == PALETTE else set()
    for kind in kinds:
        data = _needed(kind, first[kind], head, unused)
        if data is not None:
            kept.append(Chunk(kind, data))
    return write([*kept, *_pixels(found, head), Chunk(b"IEND", b"")])


def _checksum(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def _needed(kind: bytes, data: bytes, head: Header, unused: set[int]) -> bytes | None:
    """Return what must stay of a chunk that is not of pixels; `None` for all others."""
    match kind:
        case b"gAMA" if len(data) == 4 and struct.unpack(">I", data)[0] in _GAMMAS:
            return data
        case b"sRGB" if len(data) == 1 and data[0] in _INTENTS:
            return data
        case b"PLTE" if head.colour == PALETTE:
            return _palette(data, unused)
        case b"tRNS":
            return _transparency(data, head, unused)
    return None


def _palette(data: bytes, unused: set[int]) -> bytes:
    if len(data) % 3 or not 3 <= len(data) <= 768:
        raise ValueError("a palette that is none")
    kept = bytearray(data)
    for index in unused:
        kept[3 * index : 3 * index + 3] = bytes(len(kept[3 * index : 3 * index + 3]))
    return bytes(kept)


def _transparency(data: bytes, head: Header, unused: set[int]) -> bytes | None:
    if head.colour == PALETTE:
        if not 1 <= len(data) <= 256:
            raise ValueError("a palette's transparency that is none")
        # 0 stays, as it may be what makes the picture one with an alpha channel.
        return bytes(255 if i in unused and value else value for i, value in enumerate(data))
    if head.colour not in (_GREY, _COLOUR):
        return None
    values = struct.unpack(f">{_CHANNELS[head.colour]}H", data)
    if max(values) >= 1 << head.depth:
        raise ValueError("a transparent colour that no pixel has")
    return data


def unused_entries(content: bytes) -> set[int]:
    """Return which of the 256 entries that a palette may have no pixel has.

    Raises:
        ValueError: The file is not opened as one with a palette.
    """
    with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
        if image.mode != "P":
            raise ValueError("a palette that is not opened as one")
        return set(range(256)) - set(np.unique(np.asarray(image)).tolist())


def _pixels(found: Sequence[Chunk], head: Header) -> list[Chunk]:
    """Return the chunks of pixels, without what lies behind the last pixel."""
    pixels = [chunk for chunk in found if chunk.kind == b"IDAT"]
    stream = b"".join(chunk.data for chunk in pixels)
    left = trailing(stream, head)
    if left:
        return [Chunk(b"IDAT", stream[: len(stream) - left])]
    return [chunk for chunk in pixels if chunk.data]


def trailing(stream: bytes, head: Header) -> int:
    """Return how many bytes lie behind the compressed pixels.

    Raises:
        ValueError: They hold fewer or more than the picture's pixels.
    """
    wanted = pixel_bytes(head)
    inflate = zlib.decompressobj()
    try:
        size = len(inflate.decompress(stream, wanted + 1))
    except zlib.error as error:
        raise ValueError("pixels that cannot be unpacked") from error
    if size == wanted and not inflate.eof:  # the end of the stream itself gives no byte
        size += len(inflate.decompress(inflate.unconsumed_tail, 1))
    if size != wanted or not inflate.eof:
        raise ValueError("other pixels than the header says")
    return len(inflate.unused_data)
