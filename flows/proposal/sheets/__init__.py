"""Draw contact sheets: what a night changes, for a person who reviews by looking.

The sheets are JPEG. WebP would be a third smaller, but mail programs do not show it and GitHub
did not always; PNG is five times as large for X-rays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flows.proposal.changes import SourceChange
from flows.proposal.pictures import Pictures
from flows.proposal.sheets.layout import laid
from flows.proposal.sheets.pages import Page, pages
from flows.proposal.sheets.paper import jpeg

__all__ = ["MOST_BYTES", "MOST_SHEETS", "Sheet", "sheets"]

MOST_SHEETS = 10
MOST_BYTES = 512 * 1024  # of all sheets together

# First worse JPEG, then fewer pictures: below 55 the labels begin to fray.
_STEPS = ((1.0, (85, 75, 65, 55)), (0.7, (55,)), (0.5, (50,)), (0.35, (45,)), (0.2, (40,)))
_HOPELESS = 3  # times the limit: from the best quality to the worst, sheets shrink to a half


@dataclass(frozen=True, slots=True)
class Sheet:
    """One contact sheet.

    Attributes:
        name: Its file name.
        content: The picture file.
        media_type: What it is.
        alt: What it shows, for people who do not see it.
        caption: What it shows, and how many are not shown.
    """

    name: str
    content: bytes
    media_type: str
    alt: str
    caption: str


def sheets(changes: Sequence[SourceChange], pictures: Pictures) -> tuple[Sheet, ...]:
    """Draw the sheets of a proposal: at most 10, and at most 512 KB together.

    Args:
        changes: What happened to each source.
        pictures: What could be drawn of it.
    """
    made: list[Sheet] = []
    for share, qualities in _STEPS:
        shown = pages(changes, pictures, most=MOST_SHEETS, share=share)
        papers = [(page, laid(page).finished()) for page in shown]
        for quality in qualities:
            made = [_sheet(page, jpeg(paper, quality)) for page, paper in papers]
            if _size(made) <= MOST_BYTES:
                return tuple(made)
            if _size(made) > _HOPELESS * MOST_BYTES:
                break
    while _size(made) > MOST_BYTES:
        made.pop()
    return tuple(made)


def _sheet(page: Page, content: bytes) -> Sheet:
    return Sheet(f"{page.name}.jpg", content, "image/jpeg", page.alt, page.caption)


def _size(made: Sequence[Sheet]) -> int:
    return sum(len(sheet.content) for sheet in made)
