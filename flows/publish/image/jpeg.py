"""Copy of a JPEG file the segments that its pixels need, and nothing else.

The list is of what may stay, because nobody can list what may hold a name: comments, every
application's own segment, profiles, previews, tables that no scan uses, pictures behind the end.
The two segments that say how colours are stored are written anew with nothing else in them.
https://www.w3.org/Graphics/JPEG/itu-t81.pdf
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import simplejpeg

JFIF = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"  # version 1.1, no density, no thumbnail
ADOBE = b"Adobe\0\x64\0\0\0\0"  # version 100; the way colours are stored follows
TRANSFORMS = range(3)

SOI, EOI, SOS, DQT, DHT, DRI, APP0, APP14 = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD, 0xE0, 0xEE
FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended and progressive, with Huffman codes
_UNREAD_FRAMES = frozenset(range(0xC0, 0xD0)) - FRAMES - {DHT, 0xC8}
_RESTARTS = range(0xD0, 0xD8)
_ALONE = frozenset({0x01, *_RESTARTS})  # markers without a length
_MOST_SCANS = 64  # whose ends are looked at; encoders write up to a dozen


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a JPEG file.

    Attributes:
        marker: Its kind.
        body: What it holds, without its length.
        scan: The compressed pixels behind it.
    """

    marker: int
    body: bytes
    scan: bytes = b""


def segments(content: bytes) -> Iterator[Segment]:
    """Read the segments of a JPEG file up to its end, without the two markers around them.

    Raises:
        ValueError: One does not fit.
    """
    if content[:2] != bytes([0xFF, SOI]):
        raise ValueError("no JPEG")
    at = 2
    try:
        while True:
            at, marker = _marker(content, at)
            if marker == EOI:
                return
            if marker in _ALONE:
                continue
            end = at + struct.unpack_from(">H", content, at)[0]
            if marker == SOI or end < at + 2 or end > len(content):
                raise ValueError("a segment that does not fit")
            until = _scan_end(content, end) if marker == SOS else end
            yield Segment(marker, content[at + 2 : end], content[end:until])
            at = until
    except (IndexError, struct.error):
        raise ValueError("a JPEG without an end") from None


def write(found: Sequence[Segment]) -> bytes:
    """Write segments as a JPEG file."""
    parts = [bytes([0xFF, SOI])]
    for one in found:
        parts += [struct.pack(">BBH", 0xFF, one.marker, len(one.body) + 2), one.body, one.scan]
    return b"".join([*parts, bytes([0xFF, EOI])])


def bare(content: bytes) -> bytes:
    """Copy a JPEG file with the segments that its pixels need only.

    Raises:
        ValueError: They cannot be distinguished from the rest; the pixels must be written anew.
    """
    found = list(segments(content))
    kept = _tables_in_use([_checked(s) for s in found if s.marker in _NEEDED])
    kept = [*_colours(found), *kept]
    check_scans(kept)
    return write(kept)


_NEEDED = frozenset({SOS, DQT, DHT, DRI, *FRAMES, *_UNREAD_FRAMES})


def _marker(content: bytes, at: int) -> tuple[int, int]:
    """Return the place after the next marker, and the marker."""
    if content[at] != 0xFF:
        raise ValueError("no marker where one belongs")
    while content[at] == 0xFF:
        at += 1
    return at + 1, content[at]


def _scan_end(content: bytes, at: int) -> int:
    """Find the marker that ends a scan; in a scan, 0xFF is followed by 0 or a restart marker."""
    while True:
        at = content.index(b"\xff", at)
        if content[at + 1] != 0 and content[at + 1] not in _RESTARTS:
            return at
        at += 2


def _checked(segment: Segment) -> Segment:
    """Return a segment that is exactly as long as what it holds."""
    marker, body = segment.marker, segment.body
    if marker in _UNREAD_FRAMES:
        raise ValueError("a kind of JPEG whose segments are not followed")
    if not body:
        raise ValueError("an empty segment")
    wanted = {DRI: 2, SOS: 4 + 2 * body[0]} | dict.fromkeys(
        FRAMES, 6 + 3 * body[5:6][0] if len(body) > 5 else -1
    )
    if marker in wanted and len(body) != wanted[marker]:
        raise ValueError("a segment longer or shorter than what it says")
    return segment


def _colours(found: Sequence[Segment]) -> Iterator[Segment]:
    """Write anew what decides how colours are read, as libjpeg decides it."""
    heads = []
    for one in found:
        if one.marker == SOS:
            break
        heads.append(one)
    if any(_begins(one, APP0, JFIF[:5], len(JFIF)) for one in heads):
        yield Segment(APP0, JFIF)
    adobe = [one.body for one in heads if _begins(one, APP14, ADOBE[:5], len(ADOBE) + 1)]
    if adobe:
        transform = adobe[-1][11]
        if transform not in TRANSFORMS:
            raise ValueError("colours stored in an unknown way")
        yield Segment(APP14, ADOBE + bytes([transform]))


def _begins(segment: Segment, marker: int, word: bytes, size: int) -> bool:
    return segment.marker == marker and segment.body.startswith(word) and len(segment.body) >= size


Table = tuple[int, int]  # the segment's kind, and the table's number


def tables(segment: Segment) -> Iterator[tuple[Table, bytes]]:
    """Read the tables of a segment.

    Raises:
        ValueError: It holds anything else.
    """
    body, at = segment.body, 0
    while at < len(body):
        number = body[at]
        if segment.marker == DQT:
            size = 1 + (128 if number >> 4 else 64)
            known = number & 0x0F < 4 and number >> 4 < 2
        else:
            size = 17 + sum(body[at + 1 : at + 17])
            known = number & 0x0F < 4 and number >> 4 < 2 and size <= 17 + 256
        if not known or at + size > len(body):
            raise ValueError("a table that is none")
        key = number & 0x0F if segment.marker == DQT else number
        yield (segment.marker, key), body[at : at + size]
        at += size


def used_by(scan: Segment, frame: Segment) -> set[Table]:
    """Return the tables that a scan is read with."""
    quantities = dict(zip(frame.body[6::3], frame.body[8::3], strict=True))
    number = scan.body[0]
    first, last, bits = scan.body[1 + 2 * number :]
    used: set[Table] = set()
    for component, codes in zip(
        scan.body[1 : 1 + 2 * number : 2], scan.body[2 : 2 + 2 * number : 2], strict=True
    ):
        if component not in quantities:
            raise ValueError("a scan of another picture")
        used.add((DQT, quantities[component]))
        if first == 0 and bits >> 4 == 0:
            used.add((DHT, codes >> 4))
        if last > 0:
            used.add((DHT, 0x10 | codes & 0x0F))
    return used


def _tables_in_use(found: Sequence[Segment]) -> list[Segment]:
    """Leave out tables that no scan is read with before they are replaced."""
    frames = [one for one in found if one.marker in FRAMES]
    if len(frames) != 1:
        raise ValueError("not one picture")
    needed: set[Table] = set()
    kept: list[Segment] = []
    for segment in reversed(found):
        if segment.marker == SOS:
            needed |= used_by(segment, frames[0])
        if segment.marker not in (DQT, DHT):
            kept.append(segment)
        elif body := _needed_tables(segment, needed):
            kept.append(Segment(segment.marker, body))
    return kept[::-1]


def _needed_tables(segment: Segment, needed: set[Table]) -> bytes:
    """Return the tables of a segment that are needed behind it, and need them no longer."""
    parts = []
    for key, table in reversed(list(tables(segment))):
        if key in needed:
            parts.append(table)
            needed.remove(key)
    return b"".join(reversed(parts))


def check_scans(found: Sequence[Segment]) -> None:
    """Raise where a scan holds bytes that no pixel is made from.

    libjpeg counts what it steps over behind the last pixel, but for up to seven bytes that it
    had taken in beforehand: therefore a scan must also be missed a byte of. (Between two restart
    markers that would take a decoding for each, and is not done.)

    Raises:
        ValueError: There are such bytes, or the file is broken.
    """
    scans = [i for i, one in enumerate(found) if one.marker == SOS]
    if not scans or len(scans) > _MOST_SCANS:
        raise ValueError("no scan, or too many")
    _decode(write(found))
    for i in scans:
        last = found[i]
        cut = last.scan[:-2] if last.scan.endswith(b"\xff\0") else last.scan[:-1]
        shorter = [*found[:i], Segment(SOS, last.body, cut)]
        try:
            _decode(write(shorter))
        except ValueError:
            continue
        raise ValueError("a scan with bytes that no pixel needs")


def _decode(content: bytes) -> None:
    """Decode a JPEG file at an eighth of its size; libjpeg's warnings are errors."""
    simplejpeg.decode_jpeg(content, "GRAY", min_height=1, min_width=1, min_factor=8, strict=True)
