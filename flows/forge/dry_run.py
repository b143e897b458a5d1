"""A forge that writes nothing."""

import datetime as dt

from git.objects import Commit

from flows.forge import Applied, Heard
from flows.forge.health import Health
from flows.proposal.plan import Proposal


class DryRun:
    """Say what would be proposed."""

    def listen(self, today: dt.date) -> Heard:
        """Return no feedback."""
        del today
        return Heard()

    def recall(self, memo: str, base: str, today: dt.date) -> Heard:
        """Return no feedback."""
        del memo, base, today
        return Heard()

    def tell(self, health: Health) -> str | None:
        """Write nothing."""
        del health
        return None

    def apply(self, proposal: Proposal | None, base: Commit, now: dt.datetime) -> Applied:
        """Write nothing."""
        del base, now
        if proposal is None:
            return Applied("nothing", "Nothing to propose.")
        return Applied("dry_run", f"Dry run, nothing was written. Would propose: {proposal.title}.")
