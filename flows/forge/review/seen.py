"""What a forge shows of a proposal: the bot's branch, its pull request, and what people did."""

from dataclasses import dataclass

from flows.proposal.record import BodyRecord

HOLD = "sync:hold"
STICKY = "<!-- covid19-images:waiting -->"
FAREWELL = "<!-- covid19-images:closed -->"


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment under a pull request.

    Attributes:
        id: The forge's number of it.
        author: Login of who wrote it.
        body: What it says, in Markdown.
    """

    id: int
    author: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """An open pull request.

    Attributes:
        number: Its number.
        url: Its page.
        body: Its body, in Markdown.
        target: The branch that it is to be merged into.
        labels: Names of its labels.
    """

    number: int
    url: str
    body: str
    target: str
    labels: frozenset[str] = frozenset()


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
    """What a forge showed.

    Attributes:
        tip: Where the bot's branch is, if there is one.
        ours: Whether that commit is the bot's own work.
        content: Digest of what that commit proposes, where it is the bot's.
        base: The commit that one stands on, likewise.
        pull: The open pull request.
        closed: Those closed without merging, newest first.
        comments: All comments on the open one.
        pictures: Where the branch of pictures is, if there is one.
        merged: Body of the last one that was merged, if it is among the latest.
    """

    tip: str | None = None
    ours: bool = False
    content: str | None = None
    base: str | None = None
    pull: Pull | None = None
    closed: tuple[Closed, ...] = ()
    comments: tuple[Comment, ...] = ()
    pictures: str | None = None
    merged: str = ""

    @property
    def on_hold(self) -> bool:
        """Return whether people asked the bot to write nothing."""
        return self.pull is not None and HOLD in self.pull.labels

    def marked(self, mark: str, login: str) -> Comment | None:
        """Find the bot's own comment with a mark."""
        own = (one for one in self.comments if one.author == login)
        return next((one for one in own if mark in one.body), None)
