"""Look whether a repository's settings let the nights work, before a night finds out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from github.Repository import Repository

from flows.config.branches import page_branch
from flows.forge.errors import ForgeError
from flows.forge.github.calls import maybe, read
from flows.forge.github.review_page import address
from flows.forge.github.settings import (
    ALLOW_ACTIONS,
    ALLOW_ISSUES,
    ALLOW_PULLS,
    ENABLE_WORKFLOW,
    SHOW_PAGE,
)

NIGHTLY = "nightly.yml"
_OFF = {
    "disabled_fork": "off, as in every fork",
    "disabled_inactivity": "off: 60 days without a commit",
    "disabled_manually": "off: somebody switched it off",
    "deleted": "its file is gone",
}
_UNSEEN = "cannot be seen with this token"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, as it is.

    Attributes:
        name: What it is.
        state: `ok`; `look` where it is odd or cannot be seen; `bad` where nights fail.
        says: How it is.
        do: What to do, where there is something.
    """

    name: str
    state: Literal["ok", "look", "bad"]
    says: str
    do: str = ""


def inspect(
    repository: Repository, *, by_actions: bool, page_of: str | None = None
) -> Iterator[Setting]:
    """Read the settings that nights need.

    Args:
        repository: Where.
        by_actions: Whether the pull request is opened with the token of Actions.
        page_of: The proposals' branch, where Pages shall show the review page.

    Raises:
        ForgeError: When GitHub does not answer.
    """
    yield _issues(repository)
    yield _actions(repository)
    yield _pull_requests(repository, by_actions=by_actions)
    yield _nightly(repository)
    if page_of is not None:
        yield _page(repository, page_of)


def _page(repository: Repository, branch: str) -> Setting:
    shown = address(repository, branch)
    if shown is not None:
        return Setting("review page", "ok", f"at {shown}")
    says = f"Pages shows no {page_branch(branch)}, or not to this token; an artifact serves"
    return Setting("review page", "look", says, SHOW_PAGE.format(branch=page_branch(branch)))


def _issues(repository: Repository) -> Setting:
    if repository.has_issues:
        return Setting("issues", "ok", "on")
    return Setting("issues", "look", "off, so there is no status issue", ALLOW_ISSUES)


def _actions(repository: Repository) -> Setting:
    found = _permissions(repository, "")
    if found is None:
        return Setting("actions", "ok", _UNSEEN)
    if found.get("enabled"):
        return Setting("actions", "ok", "on")
    return Setting("actions", "bad", "off", ALLOW_ACTIONS)


def _pull_requests(repository: Repository, *, by_actions: bool) -> Setting:
    name = "pull requests by Actions"
    found = _permissions(repository, "/workflow")
    if found is None:
        says = f"{_UNSEEN}; a fresh repository forbids them"
        return Setting(name, "look", says, ALLOW_PULLS)
    if found.get("can_approve_pull_request_reviews"):
        return Setting(name, "ok", "allowed")
    return Setting(name, "bad" if by_actions else "look", "not allowed", ALLOW_PULLS)


def _nightly(repository: Repository) -> Setting:
    workflow = maybe(lambda: repository.get_workflow(NIGHTLY))
    name = f"workflow {NIGHTLY}"
    if workflow is None:
        says = "GitHub does not know it"
        return Setting(name, "look", says, "Push it to the default branch, and allow Actions.")
    if workflow.state == "active":
        return Setting(name, "ok", "on")
    says = _OFF.get(workflow.state, "off")
    return Setting(name, "bad", says, ENABLE_WORKFLOW)


def _permissions(repository: Repository, end: str) -> dict[str, object] | None:
    """Read what Actions may; only an owner's token is shown that."""
    url = f"{repository.url}/actions/permissions{end}"
    try:
        _, answer = read(lambda: repository.requester.requestJsonAndCheck("GET", url))
    except ForgeError as error:
        if error.status in (403, 404):
            return None
        raise
    return dict(answer)
