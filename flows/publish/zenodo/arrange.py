"""Arrange the files of a release in a record: Zenodo takes a hundred, and keeps what stays.

What a record holds it says itself in `zenodo.json`, since Zenodo knows MD5 sums only. Where shards
are too many, all that lie loose go into one tar together; a tar stays while all that is in it does.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from covid19_images.manifest.identifiers import NAME, SHA256
from flows.publish import ReleaseError

FILE = "zenodo.json"
MOST_FILES = 100
_SQUARES = re.compile(r"(train|validation|test)-\d{5}\.parquet")
Digests = Mapping[str, str]
"""The sha256 of files, by name."""


@dataclass(frozen=True, slots=True)
class Held:
    """A file of a record: what it is, and what Zenodo calls it."""

    sha256: str
    md5: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What `zenodo.json` says of a record.

    Attributes:
        files: Its files, by name.
        packs: What is in those that are tars of others.
        tombstones: The pictures that are taken down in this release.
    """

    files: Mapping[str, Held] = field(default_factory=dict)
    packs: Mapping[str, Digests] = field(default_factory=dict)
    tombstones: tuple[str, ...] = ()

    def dumps(self, version: str, doi: str) -> str:
        """Write it, the same bytes for the same record."""
        files = {name: {"sha256": h.sha256, "md5": h.md5} for name, h in self.files.items()}
        about = {
            "version": version,
            "doi": doi,
            "tombstones": sorted(self.tombstones),
            "files": files,
            "packs": {name: dict(one) for name, one in self.packs.items()},
        }
        return json.dumps(about, indent=1, sort_keys=True) + "\n"


def loads(text: bytes) -> Contents:
    """Read what a record says of itself.

    Raises:
        ReleaseError: It is not what `dumps` writes.
    """
    try:
        found = json.loads(text)
        files = {n: Held(one["sha256"], one["md5"]) for n, one in found["files"].items()}
        packs = {name: dict(one) for name, one in found["packs"].items()}
        tombstones = tuple(map(str, found["tombstones"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ReleaseError(f"{FILE} of its record is not what we write. Mend it there.") from None
    digests: list[tuple[str, Any]] = [(name, held.sha256) for name, held in files.items()]
    digests += [item for one in packs.values() for item in one.items()]
    for name, digest in digests:
        if not re.fullmatch(NAME, name) or not re.fullmatch(SHA256, str(digest)):
            raise ReleaseError(f"{FILE} of its record names {name[:100]!r}. Mend it there.")
    return Contents(files, packs, tombstones)


@dataclass(frozen=True, slots=True)
class Arranged:
    """The files a record is to have: loose ones, and tars of others."""

    loose: Digests
    packs: Mapping[str, Digests]


def arrange(
    small: Digests, shards: Digests, before: Mapping[str, Digests], most: int = MOST_FILES
) -> Arranged:
    """Return what goes where, with as few new tars as possible.

    Args:
        small: The release's own files but shards.
        shards: All of its shards, of earlier releases too.
        before: The tars of others that the record has already.
        most: How many files it may have.

    Raises:
        ReleaseError: They are too many however they are packed.
    """
    packs = {
        name: one
        for name, one in before.items()
        if one.items() <= shards.items() and _is(name, one)
    }
    packed = {name for one in packs.values() for name in one}
    loose = {name: digest for name, digest in shards.items() if name not in packed}
    files = dict(small)
    if len(files) + len(loose) + len(packs) + 1 > most:
        squares = {name: digest for name, digest in files.items() if _SQUARES.fullmatch(name)}
        if len(squares) > 1:
            files = {name: digest for name, digest in files.items() if name not in squares}
            packs |= {pack_name(squares): squares}
    if len(files) + len(loose) + len(packs) + 1 > most and loose:
        packs |= {pack_name(loose): loose}
        loose = {}
    count = len(files) + len(loose) + len(packs) + 1
    if count > most:
        raise ReleaseError(f"The release has {count} files, and a record takes {most}.")
    return Arranged(files | loose, packs)


def pack_name(files: Digests) -> str:
    """Return the name of a tar of files, which stands for its bytes."""
    text = "".join(f"{digest}  {name}\n" for name, digest in sorted(files.items()))
    return f"packed-{hashlib.sha256(text.encode()).hexdigest()[:16]}.tar"


def _is(name: str, files: Digests) -> bool:
    return name == pack_name(files)
