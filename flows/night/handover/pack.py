"""Write a handover: what one process computed, for another to propose."""

import datetime as dt
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from covid19_images.manifest import table
from flows.collection import manifest_files, state
from flows.night.handover.model import CONTENT, INDEX, Handover, Proposed
from flows.night.handover.observed import observed
from flows.night.handover.pictures import entry, pair_entries, volume_entries
from flows.proposal.changes import SourceChange
from flows.proposal.proposal import Proposal

# What the other process writes itself, from the rest.
_WRITTEN_THERE = {
    state.CATALOGUE,
    state.CHANGES,
    state.CHANGES_JSON,
    state.CONFLICTS,
    state.GITMODULES,
}


def pack(
    folder: Path,
    *,
    base: str,
    now: dt.datetime,
    feedback_token: str,
    changes: Sequence[SourceChange],
    proposal: Proposal | None,
) -> None:
    """Write a handover in one step, in place of an earlier one.

    Args:
        folder: Where.
        base: The commit the night started from.
        now: When it ran.
        feedback_token: The forge's token of the feedback that was read.
        changes: What happened to each source.
        proposal: What is proposed.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    content = fresh / CONTENT
    content.mkdir()

    def keep(data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        (content / digest).write_bytes(data)
        return digest

    handover = Handover(
        base=base,
        now=now,
        feedback_token=feedback_token,
        observed=tuple(filter(None, map(observed, changes))),
        proposal=_proposed(proposal, keep) if proposal else None,
    )
    words = handover.model_dump_json(by_alias=True, indent=1)
    (fresh / INDEX).write_text(words + "\n", encoding="utf-8")
    fresh.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def _proposed(proposal: Proposal, keep: Callable[[bytes], str]) -> Proposed:
    shown = proposal.pictures
    return Proposed(
        files={path: keep(data) for path, data in sorted(_files(proposal))},
        deleted=_deleted(proposal),
        date=proposal.date,
        thumbnails={blob: entry(one, keep) for blob, one in sorted(shown.thumbnails.items())},
        pairs=pair_entries(shown, keep),
        left_out=shown.left_out,
        volumes=volume_entries(shown, keep),
    )


def _files(proposal: Proposal) -> Iterator[tuple[str, bytes]]:
    """Yield what is handed over: instead of shards, which the other process writes, their rows."""
    for path, data in proposal.files.items():
        if path not in _WRITTEN_THERE and not _is_large(path, proposal):
            yield path, data
    for name, rows in proposal.large.items():
        if rows is not None:
            yield state.manifest_path(name), table.dumps(rows).encode()


def _deleted(proposal: Proposal) -> tuple[str, ...]:
    """Return what is deleted as if every source had one CSV."""
    links = [path for path in proposal.deleted if not _is_large(path, proposal)]
    gone = [state.manifest_path(name) for name, rows in proposal.large.items() if rows is None]
    return tuple(sorted([*links, *gone]))


def _is_large(path: str, proposal: Proposal) -> bool:
    return manifest_files.source_of(path) in proposal.large
