"""What identifiers look like: one pattern for each, checked where bytes become records.

Identifiers come from manifests, indexes and tars that somebody else may have written, and they
become names of files, arguments of programs and parts of addresses. Nothing that has passed here
can lead out of a folder, begin with a dash or hold a control character.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints

NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}"
SHA256: Final = r"[0-9a-f]{64}"
IMAGE_ID: Final = r"c19-[0-9a-f]{16}"
BLOB: Final = r"[0-9a-f]{40}|[0-9a-f]{64}"
LICENCE: Final = r"[A-Za-z0-9][A-Za-z0-9.+:() -]{0,199}"
VERSION: Final = r"[0-9]{4}\.[0-9]{2}\.[0-9]{2}(\.[0-9]{1,4})?"
SHARD: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,195}\.tar"
DOI: Final = r"10\.[0-9]{4,9}/[A-Za-z0-9._;()/-]{1,200}"
COMMIT: Final = r"[0-9a-f]{1,64}"

PATTERNS: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "source": re.compile(NAME),
        "image_id": re.compile(IMAGE_ID),
        "blob": re.compile(BLOB),
        "sha256": re.compile(SHA256),
        "pixels_sha256": re.compile(SHA256),
        "licence": re.compile(LICENCE),
        "commit": re.compile(COMMIT),
        "shard": re.compile(SHARD),
        "member": re.compile(NAME),
        "added_in": re.compile(r"[0-9.]{1,20}"),
        "changed_in": re.compile(r"[0-9.]{1,20}"),
        "split": re.compile("train|validation|test|none"),
    }
)
"""By column of the manifest: all of a cell must match."""

MAX_PATH_CHARACTERS: Final = 4096
_ODD_PART = re.compile(r"(?<![^/])(?:\.{0,2}|\.git)(?![^/])", re.IGNORECASE)


def is_path(text: str) -> bool:
    r"""Return whether a text is a path below a folder: no root, no `..`, nothing invisible.

    >>> is_path("images/a b.png"), is_path("../a"), is_path("/a"), is_path("a//b"), is_path("a\0b")
    (True, False, False, False, False)
    """
    return (
        0 < len(text) <= MAX_PATH_CHARACTERS
        and text.isprintable()
        and "\\" not in text
        and _ODD_PART.search(text) is None
    )


def is_key(text: str) -> bool:
    """Return whether a text is a row's key, `source/path`.

    >>> is_key("set/images/a.png"), is_key("set"), is_key("../a.png")
    (True, False, False)
    """
    source, _, path = text.partition("/")
    return PATTERNS["source"].fullmatch(source) is not None and is_path(path)


def is_numbers(text: str, count: int) -> bool:
    """Return whether a text is so many finite numbers with one space between them.

    >>> is_numbers("1 0 -0.5", 3), is_numbers("1 nan", 2), is_numbers("1  2", 2)
    (True, False, False)
    """
    words = text.split(" ")
    try:
        return len(words) == count and all(math.isfinite(float(word)) for word in words)
    except ValueError:
        return False


_GOOD: Final[Mapping[str, Callable[[str], object]]] = {
    **{name: pattern.fullmatch for name, pattern in PATTERNS.items()},
    "path": is_path,
    "duplicate_of": is_key,
}


def check_of(name: str) -> Callable[[str], object]:
    """Return what is true of the texts that a column may hold; anything is, of most columns.

    Args:
        name: The column.

    >>> bool(check_of("image_id")("c19-00ff")), bool(check_of("notes")("anything"))
    (False, True)
    """
    return _GOOD.get(name, _anything)


def _anything(_: str) -> bool:
    return True


def odd(cells: Mapping[str, object]) -> Iterator[str]:
    """Yield the names of the cells that hold something else than they must; empty ones are well."""
    yield from odd_among(cells, cells)


def odd_among(cells: Mapping[str, object], names: Iterable[str]) -> Iterator[str]:
    """Yield those of some cells that hold something else than they must; empty ones are well."""
    for name in names:
        value, good = cells[name], _GOOD.get(name)
        if value is not None and good is not None and not good(str(value)):
            yield name


def _image(text: str) -> str:
    if not is_key(text) and not PATTERNS["image_id"].fullmatch(text):
        raise ValueError("must be a key source/path, or an image_id such as c19-0123456789abcdef")
    return text


FileName = Annotated[str, StringConstraints(pattern=f"^{NAME}$")]
SourceName = Annotated[str, StringConstraints(pattern=f"^{NAME}$")]
ShardName = Annotated[str, StringConstraints(pattern=f"^{SHARD}$")]
Sha256 = Annotated[str, StringConstraints(pattern=f"^{SHA256}$")]
ImageId = Annotated[str, StringConstraints(pattern=f"^{IMAGE_ID}$")]
Licence = Annotated[str, StringConstraints(pattern=f"^{LICENCE}$")]
Version = Annotated[str, StringConstraints(pattern=f"^{VERSION}$")]
Doi = Annotated[str, StringConstraints(pattern=f"^{DOI}$")]
ImageReference = Annotated[str, AfterValidator(_image)]
"""A picture as people name it: by its key, or by its `image_id`."""
