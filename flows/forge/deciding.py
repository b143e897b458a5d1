"""Go through another forge with one more decision of a person."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from git.objects import Commit

from flows.forge import Applied, Feedback, Forge
from flows.forge.decisions_file import Entry, record
from flows.forge.health import Health
from flows.proposal.proposal import Proposal


class Deciding:
    """Hear what another forge hears, and a decision beside it; write as that one does."""

    def __init__(self, forge: Forge, text: str, entries: Sequence[Entry]) -> None:
        """Keep the forge, the file of decisions as it is here, and what is decided anew."""
        self._forge, self._text, self._entries = forge, text, entries

    def read_feedback(self, today: dt.date) -> Feedback:
        """Read what people answered, and add the decision."""
        return self._with(self._forge.read_feedback(today))

    def replay_feedback(self, feedback_token: str, base: str, today: dt.date) -> Feedback:
        """Read again what another process read, and add the decision."""
        return self._with(self._forge.replay_feedback(feedback_token, base, today))

    def update_status(self, health: Health) -> str | None:
        """Update the other forge's status."""
        return self._forge.update_status(health)

    def apply(self, proposal: Proposal | None, base: Commit, now: dt.datetime) -> Applied:
        """Apply the proposal to the other forge."""
        return self._forge.apply(proposal, base, now)

    def _with(self, feedback: Feedback) -> Feedback:
        text = self._text if feedback.decisions is None else feedback.decisions
        return replace(feedback, decisions=record(text, self._entries))
