"""Draw what is new in a release, for its notes: only pictures that the release itself holds."""

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from covid19_images.release import tar
from covid19_images.release.row import Row
from flows.proposal.sheets.paper import (
    HEADING_PX,
    INNER_PX,
    MARGIN_PX,
    QUIET,
    SMALL_PX,
    Paper,
    jpeg,
)
from flows.text.plural import plural
from flows.text.sampling import evenly

NAME = "new.jpg"
_MOST = 36
_ACROSS = 6
_GAP_PX = 16
_QUALITY = 80


def draw_new(rows: Sequence[Row], version: str, folder: Path) -> bytes | None:
    """Draw pictures that are new in a release, evenly from the first to the last.

    Args:
        rows: All rows.
        version: The release.
        folder: Where its shards are.

    Returns:
        The sheet as JPEG, or `None` where no picture is new.
    """
    new = [r for r in rows if r.added_in == version and r.shard and not r.record.duplicate_of]
    shown = [(r, found) for r in evenly(new, _MOST) if (found := _square(r, folder)) is not None]
    if not shown:
        return None
    paper = Paper()
    paper.height_px = paper.write(
        plural(len(new), "new images"), MARGIN_PX, paper.height_px, INNER_PX, size=HEADING_PX
    )
    for at in range(0, len(shown), _ACROSS):
        _line(paper, shown[at : at + _ACROSS])
    return jpeg(paper.finished(), _QUALITY)


def _line(paper: Paper, shown: Sequence[tuple[Row, Image.Image]]) -> None:
    side = (INNER_PX - (_ACROSS - 1) * _GAP_PX) // _ACROSS
    top = below = paper.height_px + _GAP_PX
    for at, (row, picture) in enumerate(shown):
        left = MARGIN_PX + at * (side + _GAP_PX)
        paper.put(picture.resize((side, side), Image.Resampling.LANCZOS), (left, top, side, side))
        words = ", ".join(row.record.finding) or "finding not stated"
        below = paper.write(words, left, top + side + 4, side, size=SMALL_PX)
        below = paper.write(row.record.source, left, below, side, size=SMALL_PX, ink=QUIET)
    paper.height_px = below


def _square(row: Row, folder: Path) -> Image.Image | None:
    """Read the square of a picture from the shard that was just written."""
    shard = folder / (row.shard or "").replace("images-", "sized224-", 1)
    if not shard.is_file():
        return None
    stem = (row.member or "").partition(".")[0]
    content = tar.read(shard, f"{stem}.png")
    return None if content is None else Image.open(io.BytesIO(content)).convert("RGB")
