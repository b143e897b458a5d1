"""The words on a sheet. Upstream's are shortened and made harmless before they are drawn."""

import unicodedata
from functools import cache

from PIL import ImageFont

_KNOWN = frozenset(map(chr, range(0x20, 0x7F))) | set("…·°±")  # the built-in font has no more
_LIKE = str.maketrans({"–": "-", "—": "-", "×": "x", "ß": "ss", "ł": "l", "ø": "o"})

Font = ImageFont.FreeTypeFont


@cache
def font(size_px: int) -> Font:
    """Return Pillow's built-in font, which needs no file."""
    found = ImageFont.load_default(size_px)
    assert isinstance(found, ImageFont.FreeTypeFont)
    return found


def printable(text: str) -> str:
    r"""Return what the font can draw: accents are dropped, anything else unknown becomes `?`.

    >>> printable("caf\u00e9\n \u202e\u4e2d 3\u00d74")
    'cafe ? 3x4'
    """
    joined = " ".join(text.split()).translate(_LIKE)
    split = unicodedata.normalize("NFKD", joined)
    drawn = "".join(
        c if c in _KNOWN else "?" for c in split if unicodedata.category(c)[0] not in "MC"
    )
    return " ".join(drawn.split())


def fitted(text: str, size_px: int, width_px: int) -> str:
    """Shorten a text in its middle until it fits: the end of a path tells more than its middle."""
    text = printable(text)[:400]
    kept = len(text)
    while font(size_px).getlength(text) > width_px and kept > 3:
        kept -= 1
        head = kept // 3
        text = f"{text[:head]}…{text[len(text) - kept + head + 1 :]}"
    return text
