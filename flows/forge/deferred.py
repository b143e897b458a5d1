"""A forge that listens and leaves the writing to another process."""

import datetime as dt

from git.objects import Commit

from flows.forge import Applied, Feedback, Forge
from flows.forge.health import Health
from flows.proposal.proposal import Proposal


class Planned:
    """Listen as another forge does, and write nothing."""

    def __init__(self, forge: Forge) -> None:
        """Keep the forge that will be written to."""
        self._forge = forge
        self.feedback_token = ""

    def read_feedback(self, today: dt.date) -> Feedback:
        """Read what people answered, and keep the token that the other process needs."""
        feedback = self._forge.read_feedback(today)
        self.feedback_token = feedback.feedback_token
        return feedback

    def replay_feedback(self, feedback_token: str, base: str, today: dt.date) -> Feedback:
        """Read again the feedback that another process read."""
        return self._forge.replay_feedback(feedback_token, base, today)

    def update_status(self, health: Health) -> str | None:
        """Write nothing."""
        del health
        return None

    def apply(self, proposal: Proposal | None, base: Commit, now: dt.datetime) -> Applied:
        """Write nothing."""
        del base, now
        title = proposal.title if proposal else "nothing is left to propose"
        return Applied("planned", f"To be proposed by `python -m flows propose`: {title}.")
