"""Read the size out of a JPEG or JPEG 2000 stream without decoding it.

A compressed DICOM frame has a size of its own. A hostile one is small in the DICOM header and
huge in the stream, and the decoder believes the stream.
"""

_JPEG_START = b"\xff\xd8"
_JPEG2000_START = b"\xff\x4f\xff\x51"
_JP2_BOX = b"\0\0\0\x0cjP"
# Start-of-frame markers; C4, C8 and CC in that range are something else, F7 is JPEG-LS.
_FRAME_MARKERS = (*(m for m in range(0xC0, 0xD0) if m not in (0xC4, 0xC8, 0xCC)), 0xF7)
_BARE_MARKERS = (0x01, *range(0xD0, 0xD9))


def size(stream: bytes) -> tuple[int, int] | None:
    """Return width and height; (0, 0) if the stream hides them, `None` if it is of another kind."""
    if stream.startswith(_JPEG_START):
        return _jpeg_size(stream)
    if stream.startswith((_JPEG2000_START, _JP2_BOX)):
        at = max(stream.find(_JPEG2000_START), 0)
        fields = [int.from_bytes(stream[i : i + 4], "big") for i in range(at + 8, at + 24, 4)]
        return fields[0] - fields[2], fields[1] - fields[3]
    return None


def _jpeg_size(stream: bytes) -> tuple[int, int]:
    at = len(_JPEG_START)
    while at + 9 <= len(stream) and stream[at] == 0xFF:
        marker = stream[at + 1]
        if marker in _FRAME_MARKERS:
            height, width = (int.from_bytes(stream[at + i : at + i + 2], "big") for i in (5, 7))
            return width, height
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _BARE_MARKERS:
            at += 2
        else:
            at += 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
    return 0, 0
