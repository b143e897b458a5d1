"""Where people open the review page: on GitHub Pages, or as an artifact of the run that made it."""

import re

from github.Repository import Repository

from flows.config.branches import page_branch
from flows.config.policy import Policy
from flows.forge.errors import ForgeError
from flows.forge.github.calls import maybe
from flows.forge.pages import ON_THE_SITE

REVIEW_ARTIFACT = "review-page"  # as the workflow names it
_ADDRESS = re.compile(r"https?://[\w.:-]+(/[\w.~/-]*)?")


def address(repository: Repository, branch: str) -> str | None:
    """Return where Pages shows the bot's page; `None` where it shows another branch, or nothing.

    Args:
        repository: Where.
        branch: The proposals' branch.

    Raises:
        ForgeError: When GitHub does not answer.
    """
    try:
        _, found = maybe(
            lambda: repository.requester.requestJsonAndCheck("GET", f"{repository.url}/pages")
        ) or ({}, {})
    except ForgeError as error:
        if error.status == 403:  # a token without "pages: read"
            return None
        raise
    source, shown = found.get("source") or {}, str(found.get("html_url") or "")
    ours = (source.get("branch"), source.get("path")) == (page_branch(branch), "/")
    return shown if ours and _ADDRESS.fullmatch(shown) else None


def page_url(repository: Repository, policy: Policy) -> str | None:
    """Return where people open the page of the open proposal; `None` where it is no page yet.

    Args:
        repository: Where.
        policy: Whether the page is kept on a branch, and whether a site takes it from there.

    Raises:
        ForgeError: When GitHub does not answer.
    """
    if not policy.forge.pages:
        return None
    if policy.forge.site:
        return f"{policy.forge.site.rstrip('/')}/{ON_THE_SITE}"
    return address(repository, policy.branch)


def first_line(page_url: str | None, run_url: str | None) -> str | None:
    """Return the first line of a body, which leads to the page that shows all of it.

    Args:
        page_url: Where Pages shows it, if it does.
        run_url: Where the log of the night is that kept it, if somebody keeps one.
    """
    if page_url:
        return f"**[Open the review page]({page_url})**: it shows every change with its picture."
    if run_url:
        return (
            f"**[Open the review page]({run_url}#artifacts)**: `{REVIEW_ARTIFACT}`, one file that "
            "shows every change with its picture."
        )
    return None
