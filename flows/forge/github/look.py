"""Look at what is on GitHub, and return the plain values that `flows.forge.review` decides by."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from git.objects import Commit
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest
from github.Repository import Repository

from flows.collection.checkout import EMAIL, content_of
from flows.forge.github.calls import read
from flows.forge.review.seen import Closed, Comment, Pull, Seen
from flows.proposal.record import read_record

_CLOSED_LOOKED_AT = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is on GitHub, and GitHub's own objects to write to.

    Attributes:
        seen: What is there.
        pull: The open pull request.
        comments: The comments on it, by id.
    """

    seen: Seen
    pull: PullRequest | None = None
    comments: Mapping[int, IssueComment] = field(default_factory=dict)

    def marked(self, mark: str, login: str) -> IssueComment | None:
        """Find the bot's own comment with a mark."""
        comment = self.seen.marked(mark, login)
        return self.comments[comment.id] if comment else None


def comments_of(pull: PullRequest | None) -> dict[int, IssueComment]:
    """List all comments on a pull request, by id."""
    return {one.id: one for one in read(lambda: list(pull.get_issue_comments()))} if pull else {}


def plain_comment(comment: IssueComment) -> Comment:
    """Return a comment as a plain value."""
    return Comment(comment.id, comment.user.login, comment.body or "")


def plain_pull(pull: PullRequest) -> Pull:
    """Return a pull request as a plain value."""
    return Pull(
        number=pull.number,
        url=pull.html_url,
        body=pull.body or "",
        target=pull.base.ref,
        labels=frozenset(one.name for one in pull.labels),
    )


def is_bots(commit: Commit) -> bool:
    """Return whether nobody but the bot made a commit."""
    names = {commit.author.email, commit.committer.email}
    return names == {EMAIL} and len(commit.parents) == 1 and content_of(commit) is not None


def open_pull(repository: Repository, branch: str, base: str) -> PullRequest | None:
    """Find the open pull request from a branch; rather the one on the expected base."""
    head = f"{_owner(repository)}:{branch}"
    pulls = read(lambda: list(repository.get_pulls(state="open", head=head)))
    pulls.sort(key=lambda pull: (pull.base.ref != base, pull.number))
    return pulls[0] if pulls else None


def _owner(repository: Repository) -> str:
    return repository.full_name.partition("/")[0]


def closed_pulls(repository: Repository, branch: str) -> tuple[tuple[Closed, ...], str]:
    """Find those that were closed without merging since one was merged, newest first.

    Returns:
        Those, and the body of the one that was merged; "" where none was.
    """
    head = f"{_owner(repository)}:{branch}"
    listed = repository.get_pulls(state="closed", head=head, sort="created", direction="desc")
    found: list[Closed] = []
    for pull in read(lambda: listed.get_page(0))[:_CLOSED_LOOKED_AT]:
        if pull.merged_at is not None:
            return tuple(found), pull.body or ""
        if record := read_record(pull.body or ""):
            found.append(Closed(pull.number, pull.title, record))
    return tuple(found), ""
