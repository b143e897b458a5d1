"""A night that is handed over: computed with a token that reads, proposed with one that writes."""

import datetime as dt
from pathlib import Path

from flows.cli import propose as command
from flows.collection.checkout import Checkout
from flows.config import load
from flows.forge import Applied
from flows.forge.deferred import Planned
from flows.night.handover.pack import pack
from flows.night.handover.rebuild import Base, rebuild
from flows.night.handover.unpack import unpack
from flows.night.run import open_run, run
from flows.proposal.proposal import Proposal
from tests.flows.forge.github.world import World
from tests.support.collection import SIMPLE
from tests.support.github.hub import Hub
from tests.support.pictures import png
from tests.support.upstream import Upstream, git


class TwoJobs:
    """The collection on the emulated GitHub, and its two jobs."""

    def __init__(self, world: World, upstream: Upstream, folder: Path) -> None:
        self.world, self.upstream, self.plan = world, upstream, folder / "plan"
        there = world.collection
        upstream.commit({f"images/{i}.png": png(i) for i in range(3)})
        there.source("set", SIMPLE.format(url=upstream.url))
        git(there.folder, "add", "config")
        git(there.folder, "commit", "--quiet", "-m", "config")
        world.hub.adopt(str(there.folder))

    def compute(self, *, token: str = Hub.token, now: dt.datetime | None = None) -> None:
        """Compute a night and write the handover."""
        there, now = self.world.collection, now or dt.datetime.now(dt.UTC)
        config = load.load(there.folder / "config")
        forge = Planned(self.world.forge(token=token))
        night, base = open_run(
            Checkout(there.folder), config, there.cache, (), forge.read_feedback(now.date())
        )
        report = run(night, base, forge, now)
        pack(
            self.plan,
            base=base.hexsha,
            now=now,
            feedback_token=forge.feedback_token,
            changes=report.changes,
            proposal=report.proposal,
        )

    def propose(self) -> Applied:
        """Propose what was handed over."""
        return command._propose(self.plan, self.world.collection.folder, None)[0]

    def rebuilt(self) -> Proposal:
        """Return what would be proposed of what was handed over."""
        there = self.world.collection
        handed_over, tables = unpack(self.plan)
        checkout = Checkout(there.folder)
        base = Base(
            load.load(there.folder / "config"),
            checkout.state(checkout.repo.commit(handed_over.base)),
            None,
        )
        _, proposal = rebuild(handed_over, tables, base, handed_over.now)
        assert proposal is not None
        return proposal
