"""Write a handover: what one process computed, for another to propose."""

import datetime as dt
import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from flows.forge.health import Health
from flows.handover.model import CONTENT, INDEX, Handover, Proposed, SheetEntry
from flows.proposal.plan import Proposal


def pack(
    folder: Path,
    *,
    base: str,
    now: dt.datetime,
    feedback_token: str,
    health: Health,
    proposal: Proposal | None,
) -> None:
    """Write a handover in one step, in place of an earlier one.

    Args:
        folder: Where.
        base: The commit the night started from.
        now: When it ran.
        feedback_token: The forge's token of the feedback that was read.
        health: How the sources are.
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
        health=health,
        proposal=_proposed(proposal, keep) if proposal else None,
    )
    words = handover.model_dump_json(by_alias=True, indent=1)
    (fresh / INDEX).write_text(words + "\n", encoding="utf-8")
    fresh.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def _proposed(proposal: Proposal, keep: Callable[[bytes], str]) -> Proposed:
    return Proposed(
        title=proposal.title,
        body=keep(proposal.body.encode()),
        page=keep(proposal.page.encode()),
        files={path: keep(data) for path, data in sorted(proposal.files.items())},
        pins=dict(sorted(proposal.pins.items())),
        described=dict(sorted(proposal.described.items())),
        review_reasons=proposal.review_reasons,
        sheets=tuple(
            SheetEntry(
                name=sheet.name,
                content=keep(sheet.content),
                media_type=sheet.media_type,
                alt=sheet.alt,
                caption=sheet.caption,
            )
            for sheet in proposal.sheets
        ),
        deleted=proposal.deleted,
        content=proposal.content_hash,
    )
