"""Read a handover: only what has the right form, the right size and the right digest."""

import hashlib
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from flows.handover import HandoverError
from flows.handover.model import (
    CONTENT,
    INDEX,
    MAX_BYTES,
    MAX_FILE_BYTES,
    MAX_INDEX_BYTES,
    Handover,
    Proposed,
)
from flows.proposal.plan import Proposal
from flows.proposal.sheets import Sheet
from flows.text.escape import log_line


def unpack(folder: Path) -> tuple[Handover, Proposal | None]:
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
    wanted = set(_digests(handover.proposal))
    contents = _contents(folder / CONTENT, wanted)
    if handover.proposal is None:
        return handover, None
    proposal = _proposal(handover.proposal, contents)
    if proposal.content_hash != handover.proposal.content:
        raise _odd("its parts are not what was put together")
    return handover, proposal


def _digests(proposed: Proposed | None) -> Iterator[str]:
    if proposed:
        yield from (proposed.body, proposed.page, *proposed.files.values())
        yield from (sheet.content for sheet in proposed.sheets)


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


def _proposal(proposed: Proposed, contents: Mapping[str, bytes]) -> Proposal:
    try:
        body, page = (contents[one].decode() for one in (proposed.body, proposed.page))
    except UnicodeDecodeError:
        raise _odd("its words are not UTF-8") from None
    return Proposal(
        title=proposed.title,
        files={path: contents[digest] for path, digest in proposed.files.items()},
        pins=dict(proposed.pins),
        body=body,
        page=page,
        review_reasons=proposed.review_reasons,
        sheets=tuple(
            Sheet(one.name, contents[one.content], one.media_type, one.alt, one.caption)
            for one in proposed.sheets
        ),
        described=dict(proposed.described),
        deleted=proposed.deleted,
    )


def _odd(what: str) -> HandoverError:
    return HandoverError(
        f"The handover was refused: {log_line(what)}. Nothing was written. Compute the night anew "
        "with `python -m flows sync --plan FOLDER`."
    )
