"""What happened to a source since its pin: a value, so that a bad source stops no other."""

import datetime as dt
from dataclasses import dataclass


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
