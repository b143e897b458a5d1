"""A forge that writes nothing."""

import datetime as dt

from git.objects import Commit

from flows.forge import Applied, Feedback
from flows.forge.health import Health
from flows.proposal.proposal import Proposal


class DryRun:
    """Describe what would be proposed."""

    def read_feedback(self, today: dt.date) -> Feedback:
        """Return no feedback."""
        del today
        return Feedback()

    def replay_feedback(self, feedback_token: str, base: str, today: dt.date) -> Feedback:
        """Return no feedback."""
        del feedback_token, base, today
        return Feedback()

    def update_status(self, health: Health) -> str | None:
        """Write nothing."""
        del health
        return None

    def apply(self, proposal: Proposal | None, base: Commit, now: dt.datetime) -> Applied:
        """Write nothing."""
        del base, now
        if proposal is None:
            return Applied("nothing", "Nothing to propose.")
        return Applied("dry_run", f"Dry run, nothing was written. Would propose: {proposal.title}.")
