"""What is on GitHub: the bot's branch, its pull request, and what people did to them."""

from dataclasses import dataclass

from git.objects import Commit
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest
from github.Repository import Repository

from flows.collection.checkout import EMAIL, content_of
from flows.forge.github.calls import read
from flows.proposal.record import BodyRecord, read_record

HOLD = "sync:hold"
STICKY = "<!-- covid19-images:waiting -->"
FAREWELL = "<!-- covid19-images:closed -->"
_CLOSED_LOOKED_AT = 30


@dataclass(frozen=True, slots=True)
class Closed:
    """A pull request of the bot that was closed without merging.

    Attributes:
        number: Its number.
        title: Its title.
        record: What its body says of itself.
    """

    number: int
    title: str
    record: BodyRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What GitHub showed.

    Attributes:
        tip: Where the bot's branch is, if there is one.
        ours: Whether that commit is the bot's own work.
        content: Digest of what that commit proposes, where it is the bot's.
        base: The commit that one stands on, likewise.
        pull: The open pull request.
        closed: Those closed without merging, newest first.
        comments: All comments on the open one.
        pictures: Where the branch of pictures is, if there is one.
    """

    tip: str | None = None
    ours: bool = False
    content: str | None = None
    base: str | None = None
    pull: PullRequest | None = None
    closed: tuple[Closed, ...] = ()
    comments: tuple[IssueComment, ...] = ()
    pictures: str | None = None

    @property
    def on_hold(self) -> bool:
        """Return whether people asked the bot to write nothing."""
        return self.pull is not None and any(one.name == HOLD for one in self.pull.labels)

    def marked(self, mark: str, login: str) -> IssueComment | None:
        """Find the bot's own comment with a mark."""
        own = (one for one in self.comments if one.user.login == login)
        return next((one for one in own if mark in one.body), None)


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


def closed_pulls(repository: Repository, branch: str) -> tuple[Closed, ...]:
    """Find those that were closed without merging since one was merged, newest first."""
    head = f"{_owner(repository)}:{branch}"
    listed = repository.get_pulls(state="closed", head=head, sort="created", direction="desc")
    found = []
    for pull in read(lambda: listed.get_page(0))[:_CLOSED_LOOKED_AT]:
        if pull.merged_at is not None:
            break
        if record := read_record(pull.body or ""):
            found.append(Closed(pull.number, pull.title, record))
    return tuple(found)
