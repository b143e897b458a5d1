"""Update our forks to what they were forked from, before anything is pinned.

GitHub's merge-upstream would merge a rewritten history into ours where the two do not conflict, so
the histories are compared first, and only a fast-forward is asked for.
"""

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from github import Github
from github.GitRef import GitRef
from github.Repository import Repository

from flows.forge.errors import ForgeError
from flows.forge.github.calls import maybe, once, read
from flows.text.failure import report

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fork:
    """A fork of ours that a source is read from.

    Attributes:
        source: The source's name.
        repository: `owner/name`.
        branch: The branch that is followed; the default one where it is `None`.
    """

    source: str
    repository: str
    branch: str | None = None


def bring_up(github: Github, forks: Sequence[Fork], today: dt.date) -> dict[str, str]:
    """Fast-forward every fork that can be.

    Args:
        github: A client that may write to the forks.
        forks: The forks.
        today: UTC date, for the names of tags.

    Returns:
        For each source whose fork could not be updated, why.
    """
    notes = {}
    for fork in forks:
        try:
            note = _update(github, fork, today)
        except ForgeError as error:  # one fork stops no other
            note = f"fork {fork.repository} could not be updated: {error}"
        except Exception as error:  # noqa: BLE001  whatever GitHub says of one fork is its own
            _LOG.error("%s: its fork failed. Please report this:\n%s", fork.source, report(error))
            note = f"fork {fork.repository} could not be updated; the log has a report"
        if note:
            notes[fork.source] = note
    return notes


def _update(github: Github, fork: Fork, today: dt.date) -> str | None:
    ours = read(lambda: github.get_repo(fork.repository))
    parent: Repository | None = ours.parent
    if parent is None:
        return f"{fork.repository} is no fork; take `fork` out of the source's file"
    branch = fork.branch or ours.default_branch
    tip = read(lambda: ours.get_branch(branch)).commit.sha
    theirs = read(lambda: parent.get_branch(branch)).commit.sha
    if tip == theirs:
        return None
    head = f"{parent.full_name.partition('/')[0]}:{branch}"
    compared = maybe(lambda: ours.compare(tip, head))
    if compared is not None and compared.status in ("identical", "behind"):
        return None
    if compared is not None and compared.status == "ahead":
        once(lambda: ours.merge_upstream(branch))
        return None
    tag = _archived(ours, tip, today)
    return (
        f"{parent.full_name} rewrote its history, so fork {fork.repository} stays at {tip[:12]} "
        f"(kept as tag {tag}); to follow it, reset the fork's {branch} by hand"
    )


def _archived(repository: Repository, sha: str, today: dt.date) -> str:
    """Tag a commit, once, so that it stays reachable whatever happens to the branch later."""

    def look() -> GitRef | None:
        refs = repository.get_git_matching_refs("tags/archive/")
        return next((ref for ref in refs if ref.ref.endswith(f"-{sha[:12]}")), None)

    found = read(look)
    if found is None:
        name = f"refs/tags/archive/{today.isoformat()}-{sha[:12]}"
        found = once(lambda: repository.create_git_ref(name, sha), look)
    return str(found.ref).removeprefix("refs/tags/")
