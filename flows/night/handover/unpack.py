"""Read a handover: only what has the right form, the right size and the right digest."""

import datetime as dt
import hashlib
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from flows.night.handover import HandoverError
from flows.night.handover.model import (
    CONTENT,
    INDEX,
    MAX_BYTES,
    MAX_FILE_BYTES,
    MAX_INDEX_BYTES,
    Handover,
    Proposed,
)
from flows.night.handover.pictures import entries, pictures
from flows.proposal.pictures import NO_PICTURES, Pictures
from flows.text.escape import log_line


@dataclass(frozen=True, slots=True)
class Tables:
    """What is proposed, as it was handed over: contents without words.

    Attributes:
        files: New contents by path.
        deleted: Paths that are deleted.
        date: UTC date of the newest upstream commit taken in.
        pictures: What can be shown of it, written anew.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    deleted: tuple[str, ...] = ()
    date: dt.date | None = None
    pictures: Pictures = NO_PICTURES


def unpack(folder: Path) -> tuple[Handover, Tables | None]:
    """Read a handover.

    Raises:
        HandoverError: It is not one that we write.
    """
    try:
        handover = Handover.model_validate_json(_read(folder / INDEX, MAX_INDEX_BYTES))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise _odd(f"{INDEX}: {where}: {first['msg']}") from None
    proposed = handover.proposal
    if proposed is None:
        return handover, None
    contents = _contents(folder / CONTENT, set(_digests(proposed)))
    files = {path: contents[digest] for path, digest in proposed.files.items()}
    return handover, Tables(files, proposed.deleted, proposed.date, pictures(proposed, contents))


def _digests(proposed: Proposed) -> Iterator[str]:
    yield from proposed.files.values()
    yield from (picture.content for picture in entries(proposed))


def _contents(folder: Path, wanted: set[str]) -> dict[str, bytes]:
    contents, left = {}, MAX_BYTES
    for digest in sorted(wanted):
        contents[digest] = _read(folder / digest, min(MAX_FILE_BYTES, left))
        left -= len(contents[digest])
        if hashlib.sha256(contents[digest]).hexdigest() != digest:
            raise _odd(f"{CONTENT}/{digest[:12]}… is not what its name says")
    return contents


def _read(file: Path, most: int) -> bytes:
    try:
        found = file.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise _odd(f"{file.name} is no plain file")
        if found.st_size > most:
            raise _odd(f"{file.name} is too large ({found.st_size:,} bytes)")
        return file.read_bytes()
    except OSError as error:
        raise _odd(f"{file.name} cannot be read ({error.strerror})") from None


def _odd(what: str) -> HandoverError:
    return HandoverError(
        f"The handover was refused: {log_line(what)}. Nothing was written. Compute the night anew "
        "with `python -m flows sync --plan FOLDER`."
    )
