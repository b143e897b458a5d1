"""A forge that listens and leaves the writing to another process."""

import datetime as dt

from git.objects import Commit

from flows.forge import Applied, Forge, Heard
from flows.forge.health import Health
from flows.proposal.plan import Proposal


class Planned:
    """Listen as another forge does, and write nothing."""

    def __init__(self, forge: Forge) -> None:
        """Keep the forge that will be written to."""
        self._forge = forge
        self.memo = ""

    def listen(self, today: dt.date) -> Heard:
        """Read what people answered, and keep the token that the other process needs."""
        heard = self._forge.listen(today)
        self.memo = heard.memo
        return heard

    def recall(self, memo: str, base: str, today: dt.date) -> Heard:
        """Read again the feedback that another process read."""
        return self._forge.recall(memo, base, today)

    def tell(self, health: Health) -> str | None:
        """Write nothing."""
        del health
        return None

    def apply(self, proposal: Proposal | None, base: Commit, now: dt.datetime) -> Applied:
        """Write nothing."""
        del base, now
        title = proposal.title if proposal else "nothing is left to propose"
        return Applied("planned", f"To be proposed by `python -m flows propose`: {title}.")
