"""Where proposals go: a local folder here, GitHub beside it, or nowhere on a dry run."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from git.objects import Commit

from flows.forge.health import Health
from flows.proposal.proposal import Proposal

Action = Literal[
    "nothing", "proposed", "unchanged", "withdrawn", "left_alone", "dry_run", "planned", "failed"
]


@dataclass(frozen=True, slots=True)
class Applied:
    """What a forge did with a proposal.

    Attributes:
        action: The act in a word.
        message: The act in a sentence.
        where: Where to look, when there is something to see.
    """

    action: Action
    message: str
    where: str | None = None


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """A proposal of the bot that is open.

    Attributes:
        commit: The bot's commit.
        today: UTC date on which it was looked at.
    """

    commit: Commit
    today: dt.date


@dataclass(frozen=True, slots=True)
class Feedback:
    """What reviewers asked of the bot since the last night, and the base of the run.

    Attributes:
        base: The commit that proposals stand on, where the forge knows better than the checkout.
        notes: What a person should know of a source, by its name.
        decisions: New text of `config/decisions.toml`, where somebody answered a question.
        feedback_token: What another process must give back to the forge to go on from here.
        proposed: The open proposal, where nobody but the bot committed to it.
    """

    base: Commit | None = None
    decisions: str | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    feedback_token: str = ""
    proposed: OpenProposal | None = None


class Forge(Protocol):
    """A place that holds at most one proposal, rebuilt every night."""

    def read_feedback(self, today: dt.date) -> Feedback:
        """Read what people answered before a run begins; nothing is written to the collection.

        Args:
            today: UTC date.
        """
        ...

    def replay_feedback(self, feedback_token: str, base: str, today: dt.date) -> Feedback:
        """Read again the feedback that another process read, and only that; nothing is written.

        Args:
            feedback_token: What that process was given as `Feedback.feedback_token`.
            base: The commit it started from.
            today: The UTC date it heard on.
        """
        ...

    def update_status(self, health: Health) -> str | None:
        """Update the one place that says what needs a person.

        Args:
            health: How the sources are.

        Returns:
            Where to look, when something needs a person.
        """
        ...

    def apply(self, proposal: Proposal | None, base: Commit, now: dt.datetime) -> Applied:
        """Apply a proposal to the forge; a second call writes nothing.

        Args:
            proposal: What to propose, or `None` when nothing is left to propose.
            base: The commit it stands on.
            now: The date of a commit, where one is made.
        """
        ...
