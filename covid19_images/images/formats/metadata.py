"""Find what the metadata of an ordinary image file may say about a person."""

import re
import struct
from collections.abc import Iterator

from PIL import Image

_EXIF_BLOCK, _GPS_BLOCK = 0x8769, 0x8825
# Names, days, free text, serial numbers: https://exiv2.org/tags.html
_EXIF_TAGS = frozenset(
    {
        0x010D,
        0x010E,
        0x0132,
        0x013B,
        0x013C,
        0x8298,  # document, description, date, artist, host
        0x9003,
        0x9004,
        0x927C,
        0x9286,  # dates taken and digitised, maker's note, user's comment
        0x9C9B,
        0x9C9C,
        0x9C9D,
        0x9C9E,
        0x9C9F,  # Windows title, comment, author, keywords, subject
        0xA420,
        0xA430,
        0xA431,
        0xA435,  # unique id, owner, serial numbers
    }
)
_XMP, _IPTC = 0x02BC, 0x83BB
PERSONAL_TAGS = _EXIF_TAGS | {_EXIF_BLOCK, _GPS_BLOCK, _XMP, _IPTC}
"""Tags of a TIFF file that may say who is shown, when, or where."""

_PERSONAL = re.compile(
    r"patient|creator|author|gps|comment|descri|CreateDate|copyright"
    r"|\b(?:19|20)\d\d([-:/.]?)(?:0[1-9]|1[0-2])\1[0-3]\d",
    re.IGNORECASE,
)
_IPTC_BLOCK = 0x0404
_BROKEN = (ArithmeticError, LookupError, OSError, SyntaxError, TypeError, ValueError, struct.error)
_WRITTEN = re.compile(r"date:|creation.?time|modif\w*.?(time|date)|software$", re.IGNORECASE)


def has_personal_metadata(image: Image.Image) -> bool:
    """Return whether EXIF, GPS, XMP, IPTC or text of a file holds a name, a day or a place."""
    if any(_PERSONAL.search(text) for text in _texts(image)):
        return True
    blocks = image.info.get("photoshop")
    if isinstance(blocks, dict) and _IPTC_BLOCK in blocks:
        return True
    if "exif" not in image.info and image.format != "TIFF":
        return False
    try:
        exif = image.getexif()
        tags = {**exif.get_ifd(_EXIF_BLOCK), **exif}
        return bool(exif.get_ifd(_GPS_BLOCK)) or any(tags.get(tag) for tag in _EXIF_TAGS)
    except (
        ArithmeticError,
        LookupError,
        OSError,
        SyntaxError,
        TypeError,
        ValueError,
        struct.error,
    ):
        return True  # a picture is no worse for it, but nobody knows what it says


def _texts(image: Image.Image) -> Iterator[str]:
    for key in ("xmp", "comment"):
        value = image.info.get(key)
        if value:
            yield value.decode("latin-1") if isinstance(value, bytes) else str(value)
    for key, value in getattr(image, "text", {}).items():
        # When the file itself was written is no day of a person's; programs note it in every PNG.
        if not _WRITTEN.match(key):
            yield f"{key}: {value}"
