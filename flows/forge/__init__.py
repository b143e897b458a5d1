"""Where proposals go: a local folder here, GitHub beside it, or nowhere on a dry run."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal, Protocol

from git.objects import Commit

from flows.proposal.plan import Proposal

Action = Literal["nothing", "proposed", "unchanged", "withdrawn", "left_alone", "dry_run"]


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


class Forge(Protocol):
    """A place that holds at most one proposal, rebuilt every night."""

    def apply(self, proposal: Proposal | None, base: Commit, now: dt.datetime) -> Applied:
        """Bring the forge's proposal to what it should be; a second call writes nothing.

        Args:
            proposal: What to propose, or `None` when nothing is left to propose.
            base: The commit it stands on.
            now: The date of a commit, where one is made.
        """
        ...
