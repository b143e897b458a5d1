"""Prove of a finished PNG or JPEG that it holds the picture and nothing more.

It reads the file part by part and accepts what is on its own lists. How the file was made it does
not know, so that a mistake there does not hide itself.
"""

import re
from collections.abc import Iterator, Mapping

from covid19_images.manifest.record import MediaType
from flows.publish.image import jpeg, png

_PNG_ORDER = re.compile(r"IHDR( gAMA| sRGB| PLTE| tRNS)*( IDAT)+ IEND")
_PNG_SIZES = {"gAMA": (4,), "sRGB": (1,), "PLTE": range(3, 769, 3), "tRNS": range(1, 257)}
_JPEG_TABLES = frozenset({jpeg.DQT, jpeg.DHT})
_JPEG_PLAIN = frozenset({*_JPEG_TABLES, jpeg.DRI, jpeg.SOS, *jpeg.FRAMES})


def foreign_parts(content: bytes, media_type: MediaType | None) -> list[str]:
    """List the parts of a finished file that a picture does not need: kinds only, never contents.

    Args:
        content: The file.
        media_type: What it is; anything but a PNG or JPEG is foreign as a whole.
    """
    try:
        if media_type == "image/png":
            return list(_of_png(content))
        if media_type == "image/jpeg":
            return list(_of_jpeg(content))
    except ValueError as error:
        return [str(error)]
    return ["neither PNG nor JPEG"]


def _of_png(content: bytes) -> Iterator[str]:
    found = list(png.chunks(content))
    head = png.header(found[0])
    order = " ".join(chunk.kind.decode("latin-1") for chunk in found)
    kinds = order.split(" ")
    if not _PNG_ORDER.fullmatch(order) or len(set(kinds)) + kinds.count("IDAT") - 1 != len(kinds):
        yield "chunks that a picture does not need, or in another order"
        return
    for kind, chunk in zip(kinds, found, strict=True):
        if len(chunk.data) not in _PNG_SIZES.get(kind, (len(chunk.data),)):
            yield f"{kind} of an odd size"
    yield from _of_palette(content, {chunk.kind: chunk.data for chunk in found}, head)
    stream = b"".join(chunk.data for chunk in found if chunk.kind == b"IDAT")
    if png.trailing(stream, head) or found[-1].data:
        yield "bytes behind the pixels"
    if len(content) != sum(len(chunk.data) + 12 for chunk in found) + len(png.SIGNATURE):
        yield "bytes behind the end"


def _of_palette(content: bytes, found: Mapping[bytes, bytes], head: png.Header) -> Iterator[str]:
    palette, alpha = found.get(b"PLTE", b""), found.get(b"tRNS", b"")
    if head.colour != png.PALETTE:
        if palette:
            yield "a palette that is only suggested"
        return
    unused = png.unused_entries(content)
    if any(palette[3 * i + k] for i in unused for k in range(3) if 3 * i + k < len(palette)):
        yield "colours that no pixel has"
    if any(alpha[i] not in (0, 255) for i in unused if i < len(alpha)):
        yield "transparency that no pixel has"


def _of_jpeg(content: bytes) -> Iterator[str]:
    found = list(jpeg.segments(content))
    if jpeg.write(found) != content:
        yield "bytes between its segments or behind the end"
    frames = [segment for segment in found if segment.marker in jpeg.FRAMES]
    if len(frames) != 1:
        yield "more or less than one picture"
        return
    spare: set[jpeg.Table] = set()
    for segment in found:
        if segment.marker in _JPEG_TABLES:
            keys = {key for key, _ in jpeg.tables(segment)}
            if keys & spare:
                yield "a table that is replaced before a scan uses it"
            spare |= keys
        elif segment.marker == jpeg.SOS:
            spare -= jpeg.used_by(segment, frames[0])
        elif segment.marker not in _JPEG_PLAIN and not _is_minimal(segment):
            yield f"a segment of kind {segment.marker:02X} that a picture does not need"
    if spare:
        yield "tables that no scan uses"
    jpeg.check_scans(found)


def _is_minimal(segment: jpeg.Segment) -> bool:
    if segment.marker == jpeg.APP0:
        return segment.body == jpeg.JFIF
    transforms = [jpeg.ADOBE + bytes([transform]) for transform in jpeg.TRANSFORMS]
    return segment.marker == jpeg.APP14 and segment.body in transforms
