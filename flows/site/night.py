"""What the last night saw, which no commit says: when it looked, what needs a person, its page."""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from flows.collection.checkout import EMAIL, Checkout
from flows.collection.committed import content
from flows.config.branches import page_branch
from flows.forge import pages, status_page
from flows.forge.status_page import StatusPage


@dataclass(frozen=True, slots=True)
class LastRun:
    """What the last night saw.

    Attributes:
        looked: UTC date on which the upstreams were last asked, where it is known.
        status: What needs a person.
        review: The review page of the open proposal, where one is open.
    """

    looked: dt.date | None = None
    status: StatusPage = field(default_factory=StatusPage)
    review: bytes | None = None


def proposed(checkout: Checkout, branch: str) -> bytes | None:
    """Return the review page that the bot keeps on a branch of its own, where one is open.

    Args:
        checkout: The clone of the collection.
        branch: The proposals' branch.
    """
    name = page_branch(branch)
    refs = {ref.name: ref.commit for ref in checkout.repo.refs}
    found = refs.get(f"origin/{name}") or refs.get(name)
    if found is None or found.author.email != EMAIL or found.parents:
        return None
    page = content(found.tree, pages.PAGE)
    return None if page == pages.NOTHING_OPEN.encode() else page


def read(folder: Path, looked: dt.date | None) -> LastRun:
    """Read what the last night left in a folder; what is not there is not known.

    Args:
        folder: Where a night without GitHub writes its pages.
        looked: UTC date on which the upstreams were last asked.
    """
    page, words = folder / pages.PAGE, folder / status_page.PAGE
    shown = page.read_bytes() if page.is_file() else None
    return LastRun(looked, status(words) if words.is_file() else StatusPage(), shown)


def status(page: Path) -> StatusPage:
    """Read a status page."""
    return status_page.read(page.read_text("utf-8", errors="replace"))
