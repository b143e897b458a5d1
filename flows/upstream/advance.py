"""Fetch an upstream to its tip, and find out how that relates to what is pinned."""

from flows.upstream import git
from flows.upstream.clone import Clone
from flows.upstream.observe import Tip, trouble_of
from flows.upstream.outcome import Advanced, Moved, Rejected, Renamed, Rewritten, Unreachable


def advance(clone: Clone, tip: Tip, pin: str | None) -> Moved | Rejected | Unreachable:
    """Fetch up to a tip, and return how it relates to the pin."""
    try:
        clone.fetch(tip)
    except git.GitError as error:
        return trouble_of(error)
    if pin is not None and not clone.contains(tip.commit, ancestor=pin):
        return Rewritten(pin, tip.commit)
    if tip.renamed:
        return Renamed(pin, tip.commit, tip.branch)
    return Advanced(pin, tip.commit)
