"""What became of a source in a run, in a few words for a person."""

from flows.text.plural import plural
from flows.upstream.outcome import (
    Advanced,
    BranchGone,
    Failed,
    Gone,
    Ignored,
    NotVisited,
    Outcome,
    Pinned,
    Quarantined,
    Rejected,
    Renamed,
    Retired,
    Rewritten,
    Unchanged,
    Unreachable,
    Waiting,
)

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
