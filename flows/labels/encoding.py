"""Decode the bytes of a table: UTF-8, UTF-16, UTF-32, cp1252, and files that mix two of them."""

import codecs
import re
from dataclasses import dataclass

import charset_normalizer

from flows.labels.damage import UnreadableTableError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SAMPLE_BYTES = 4096
_NAMED_BYTES = 2**16  # that charset-normalizer is shown
_NUL_SHARE = 0.4  # of every other byte, where Latin text is written in UTF-16
_UNDEFINED = frozenset(b"\x81\x8d\x8f\x90\x9d")  # in cp1252
# Western texts hardly ever have four letters with accents in a row; Chinese or Russian ones do.
_NOT_WESTERN = re.compile(rb"[\x80-\xff]{4,}")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a table.

    Attributes:
        text: All of it.
        encoding: Its encoding, where it is not the one expected; else empty.
        mixed: Lines in another encoding than the rest of the file; they were read as cp1252, and
            what cannot be that either stands as U+FFFD.
    """

    text: str
    encoding: str = ""
    mixed: tuple[int, ...] = ()


def decode(content: bytes) -> Decoded:
    """Return the text of a table, decoded strictly.

    What is neither UTF-8 nor UTF-16 is read as cp1252, line by line: a file that mixes both has no
    garbled letters, and the lines are listed.

    Args:
        content: The file.

    Raises:
        UnreadableTableError: When it is in some other encoding, or no text.
    """
    for mark, codec, name in _MARKS:
        if content.startswith(mark) and name != "UTF-8":
            return Decoded(_strict(content, codec, name), name)
    if wide := _wide(content[:_SAMPLE_BYTES]):
        return Decoded(_strict(content, wide, "UTF-16"), "UTF-16")
    content = content.removeprefix(codecs.BOM_UTF8)
    if b"\0" in content:
        raise UnreadableTableError("it holds NUL bytes, so it is no text")
    try:
        return Decoded(content.decode("utf-8"))
    except UnicodeDecodeError:
        return _by_line(content)


def _strict(content: bytes, codec: str, name: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        raise UnreadableTableError(
            f"this is {name}, but damaged: byte {error.start:,} is no character"
        ) from None


def _wide(sample: bytes) -> str:
    """Return the codec of UTF-16 without a byte order mark, or nothing."""
    half = len(sample) // 2
    if not half:
        return ""
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if odd >= _NUL_SHARE and even < odd / 4:
        return "utf-16-le"
    return "utf-16-be" if even >= _NUL_SHARE and odd < even / 4 else ""


def _by_line(content: bytes) -> Decoded:
    texts, odd, lost, foreign = [], [], [], 0
    utf8 = False
    for number, raw in enumerate(content.splitlines(keepends=True), start=1):
        try:
            texts.append(raw.decode("utf-8"))
            utf8 |= not raw.isascii()
        except UnicodeDecodeError:
            line = _decode_pieces(raw)
            texts.append(line.text)
            utf8 |= line.utf8
            odd.append(number)
            lost += [number] if line.lost else []
            foreign = foreign or (number if line.foreign else 0)
    if foreign and not utf8:
        raise UnreadableTableError(_other(foreign, content))
    return Decoded("".join(texts), mixed=tuple(odd if utf8 else lost))


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that is not UTF-8: its text, whether parts are, and whether any was lost."""

    text: str
    utf8: bool
    lost: bool
    foreign: bool


def _decode_pieces(line: bytes) -> _Line:
    """Decode what is UTF-8 as such, single stray letters as cp1252, and longer runs not at all."""
    pieces = []
    utf8 = lost = foreign = False
    while line:
        try:
            pieces.append(line.decode("utf-8"))
            utf8 |= not line.isascii()
            break
        except UnicodeDecodeError as error:
            before, rest = line[: error.start], line[error.start :]
        stray = _NOT_WESTERN.match(rest)
        width = stray.end() if stray else 1
        utf8 |= not before.isascii()
        foreign |= stray is not None
        lost |= stray is not None or rest[0] in _UNDEFINED
        unknown = "\ufffd" * width
        pieces += [
            before.decode("utf-8"),
            unknown if stray else rest[:1].decode("cp1252", "replace"),
        ]
        line = rest[width:]
    return _Line("".join(pieces), utf8, lost, foreign)


def _other(number: int, content: bytes) -> str:
    best = charset_normalizer.from_bytes(content[:_NAMED_BYTES]).best()
    looks = f"; it looks like {best.encoding}" if best else ""
    return f"line {number} is neither UTF-8 nor cp1252{looks}. Its owner should save it as UTF-8"
