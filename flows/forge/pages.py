"""Write a proposal's pages into a folder: the review page, the body, the contact sheets."""

from collections.abc import Sequence
from pathlib import Path

from covid19_images.manifest import whole
from covid19_images.manifest.inside import below
from flows.proposal.proposal import Proposal
from flows.proposal.record import SheetLink, with_sheets
from flows.proposal.sheets import Sheet

PAGE, BODY, SHEETS = "index.html", "body.md", "sheets"
ON_THE_SITE = "review/open/index.html"
"""Where the site shows the page of the open proposal."""
NOTHING_OPEN = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>No proposal is open</title>
<p>No proposal is open. The next one is shown here.
</html>
"""


def write_pages(folder: Path, proposal: Proposal | None) -> None:
    """Write the pages in a folder of ours, where they differ.

    Args:
        folder: Where; made where it is missing.
        proposal: What the pages show; `None` removes them.
    """
    if proposal is None:
        for page in (PAGE, BODY):
            (folder / page).unlink(missing_ok=True)
        _write_sheets(folder / SHEETS, ())
        return
    folder.mkdir(parents=True, exist_ok=True)
    _write_sheets(folder / SHEETS, proposal.sheets)
    replace(folder / PAGE, proposal.page.encode())
    shown = [SheetLink(s.alt, s.caption, f"{SHEETS}/{s.name}") for s in proposal.sheets]
    replace(folder / BODY, with_sheets(proposal.body, shown).encode())


def _write_sheets(folder: Path, sheets: Sequence[Sheet]) -> None:
    """Write the sheets, and remove those of an earlier proposal."""
    stale = {file.name for file in folder.iterdir()} if folder.is_dir() else set()
    for sheet in sheets:
        folder.mkdir(parents=True, exist_ok=True)
        replace(below(folder, sheet.name), sheet.content)
    for name in stale - {sheet.name for sheet in sheets}:
        (folder / name).unlink()
    if folder.is_dir() and not sheets:
        folder.rmdir()


def replace(file: Path, content: bytes) -> None:
    """Write a file in one step, and only when it would differ."""
    if file.exists() and file.read_bytes() == content:
        return
    whole.write(file, content)
