"""Decide what to do with a proposal, from what a forge shows. Nothing is asked or written here.

| situation | decision |
|---|---|
| nothing to propose, nothing there | `Leave` |
| nothing left to propose, the branch is the bot's | `Withdraw` |
| something to propose, no pull request | `Propose` |
| something to propose, the branch is the bot's | `Propose`: only what differs is written |
| a person committed to the branch, or changed its target | `Wait` |
| the label `sync:hold` | `Leave` |
| closed without merging, the same content | `Leave` |
| closed without merging, other content | `Propose`, which says what it follows |
"""

from dataclasses import dataclass

from flows.forge.review.seen import HOLD, Closed, Seen


@dataclass(frozen=True, slots=True)
class Leave:
    """Write nothing.

    Attributes:
        message: Why.
        nothing: Whether there is nothing to look at either.
    """

    message: str
    nothing: bool = False


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Close the pull request and delete the branches."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Leave a person's work alone, and say in one comment what is new.

    Attributes:
        reason: What the person did, as a sentence.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Propose:
    """Write branch and pull request of the proposal, where they differ.

    Attributes:
        follows: The closed pull request that this one comes after.
    """

    follows: Closed | None = None


Decision = Leave | Withdraw | Wait | Propose


def decide(seen: Seen, content: str | None, *, target: str, takeover: bool) -> Decision:
    """Decide.

    Args:
        seen: What the forge shows.
        content: Digest of what is to be proposed; `None` for nothing.
        target: The branch that pull requests should go to.
        takeover: Whether people asked to build the proposal over their own work.
    """
    if seen.on_hold:
        return Leave(f"Label {HOLD} is set, so nothing was written. Take it off to go on.")
    theirs = None if takeover else _of_a_person(seen, target)
    if theirs:
        return Wait(theirs) if content and seen.pull else Leave(theirs)
    if content is None and seen.tip and not seen.ours:
        return Leave("Nothing is left to propose; what people committed stays.")
    if content is None:
        there = seen.tip or seen.pull or seen.pictures
        return Withdraw() if there else Leave("Nothing to propose.", nothing=True)
    if seen.pull is None and seen.closed:
        same = next((one for one in seen.closed if one.record.content == content), None)
        if same:
            return Leave(f"#{same.number} proposed the same and was closed, so it stays at that.")
    return Propose(follows=seen.closed[0] if seen.closed else None)


def _of_a_person(seen: Seen, target: str) -> str | None:
    if seen.pull is not None and seen.pull.target != target:
        return f"Somebody pointed this pull request at another branch than {target}."
    if seen.tip is not None and not seen.ours:
        return "The branch holds commits that are not the bot's."
    return None
