"""Comment on merged proposals which release has them: one comment each, once."""

from itertools import islice

from github.PullRequest import PullRequest
from github.Repository import Repository

from flows.forge.github.calls import once, read
from flows.proposal.record import read_record

_MARK = "<!-- covid19-images:released -->"
_LOOKED_AT = 30


def announce(repository: Repository, branch: str, version: str, url: str) -> None:
    """Comment on the proposals that were merged since the release before.

    The newest proposal with such a comment ends the search: those before it have theirs.

    Args:
        repository: Where.
        branch: The branch that proposals come from.
        version: The release.
        url: Its page.

    Raises:
        ForgeError: When GitHub refuses, or does not answer.
    """
    head = f"{repository.full_name.partition('/')[0]}:{branch}"
    listed = repository.get_pulls(state="closed", head=head, sort="created", direction="desc")
    for pull in read(lambda: list(islice(listed, _LOOKED_AT))):
        if pull.merged_at is None or read_record(pull.body or "") is None:
            continue
        if read(lambda: _is_announced(pull)):  # noqa: B023  asked at once
            return
        _comment(pull, version, url)


def _is_announced(pull: PullRequest) -> bool | None:
    return any(_MARK in one.body for one in pull.get_issue_comments()) or None


def _comment(pull: PullRequest, version: str, url: str) -> None:
    words = f"{_MARK}\nThis is in release [{version}]({url})."
    once(lambda: pull.create_issue_comment(words) is not None, lambda: _is_announced(pull))
