"""What happened to a source since its pin: a value, so that a bad source stops no other."""

import datetime as dt
from dataclasses import dataclass

from flows.text.plural import plural


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The upstream tip is the pin."""

    commit: str


@dataclass(frozen=True, slots=True)
class Advanced:
    """The tip moved forward; `old` is `None` when nothing was pinned or described before."""

    old: str | None
    new: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The tip moved to a history that does not contain the pin."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """The branch has another name now, and its history goes on from the pin."""

    old: str | None
    new: str
    branch: str


@dataclass(frozen=True, slots=True)
class BranchGone:
    """The repository answers, but the branch we follow is not there."""

    branch: str
    branches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gone:
    """The repository is not there any more, or not for us."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No answer this time; another night may do better."""

    reason: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """We will not follow this url or this content."""

    reason: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Under the same address there is somebody else's repository now; nothing was taken in."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """This program failed at the source; nothing was taken in, and the log has a report."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A person asked to leave it alone until a day; it was not visited."""

    until: dt.date


@dataclass(frozen=True, slots=True)
class Pinned:
    """A person asked that it stays at a commit, or goes back to it, until it is released."""

    commit: str
    by: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is new is younger than the cooldown asks for; `commit` is where the upstream is."""

    commit: str
    days: int


@dataclass(frozen=True, slots=True)
class Retired:
    """No configuration describes it any more, so its rows are withdrawn.

    Attributes:
        images: How many rows that are.
        handed_back: Pictures of other sources that were copies of its own, and are kept now.
    """

    images: int
    handed_back: int = 0


@dataclass(frozen=True, slots=True)
class NotVisited:
    """This run did not ask it; what is proposed of it stays as it stood."""

    since: dt.date


Moved = Advanced | Rewritten | Renamed
Failure = BranchGone | Gone | Unreachable | Rejected | Quarantined | Failed
Outcome = Unchanged | Ignored | Pinned | Waiting | Retired | NotVisited | Moved | Failure


_WORDS = {
    Gone: "gone",
    Unreachable: "not reachable",
    Rejected: "rejected",
    Quarantined: "quarantined",
    Failed: "failed",
}


def describe(outcome: Outcome) -> str:
    """Format the outcome in a few words for a person."""
    match outcome:
        case Unchanged():
            return "unchanged"
        case Ignored() | Pinned() | Waiting() | NotVisited():
            return _left_alone(outcome)
        case Retired(images=images, handed_back=handed_back):
            withdrawn = f"no longer configured: {plural(images, 'images')} withdrawn"
            back = plural(handed_back, "pictures")
            return f"{withdrawn}, {back} handed back to other sources" if handed_back else withdrawn
        case Advanced(old=None):
            return "first import"
        case Advanced():
            return "moved on"
        case Rewritten(old=old):
            return f"history rewritten: the pin {old[:7]} is no longer in it"
        case Renamed(branch=branch):
            return f"moved on; its branch is now called {branch}"
        case BranchGone(branch=branch, branches=branches):
            return f"branch {branch} is gone; it has: {', '.join(branches[:5]) or 'no branch'}"
        case (
            Failed(_, reason)
            | Gone(reason)
            | Unreachable(reason)
            | Rejected(reason)
            | Quarantined(reason)
        ):
            return f"{_WORDS[type(outcome)]}: {reason}"


def _left_alone(outcome: Ignored | Pinned | Waiting | NotVisited) -> str:
    match outcome:
        case NotVisited(since=since):
            return f"not visited since {since.isoformat()}, proposed as it stood"
        case Ignored(until=until):
            return f"left alone until {until.isoformat()}"
        case Pinned(commit=commit, by=by):
            return f"pinned at {commit[:7]} by {by} until somebody releases it"
        case Waiting(commit=commit, days=days):
            return f"waits: what is new up to {commit[:7]} is younger than {days} days"
