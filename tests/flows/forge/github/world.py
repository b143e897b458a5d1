"""A collection on the emulated GitHub, and nights that propose to it."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

from covid19_images.manifest import table
from covid19_images.manifest.record import Record
from flows.collection.checkout import Checkout
from flows.config.policy import Forge, Policy
from flows.forge import Applied
from flows.forge.github.connect import connect
from flows.forge.github.forge import GitHubForge
from flows.proposal.proposal import Proposal
from flows.proposal.sheets import Sheet
from tests.support.collection import BEGINNING, NOW, SIMPLE, Collection
from tests.support.github.hub import COLLECTION, Hub
from tests.support.upstream import git

BRANCH = "sync/datasets"
MERGED = f"{BRANCH}-merged-{NOW.year}"
SHEET = Sheet("new.jpg", b"\xff\xd8 a picture \xff\xd9", "image/jpeg", "1 new image", "a caption")
ROWS = table.dumps(Record(source="set", path=p, blob="0" * 40) for p in ("a b.png", "c.png"))
PROPOSAL = Proposal(
    "1 source moved: 1 new image",
    {"datasets/a.csv": b"a\n", "datasets/manifest/set.csv": ROWS.encode()},
    {"set": "1" * 40},
    "# 1 source moved: 1 new image\n\n<!-- covid19-images:sheets -->\n\nwords\n",
    "page",
    sheets=(SHEET,),
    described={"set": "1" * 40},
)
OTHER = replace(
    PROPOSAL,
    title="2 sources moved: 2 new images",
    files={**PROPOSAL.files, "datasets/a.csv": b"b\n"},
    described={"set": "2" * 40},
)


class World:
    """The collection here and on GitHub."""

    def __init__(self, hub: Hub, collection: Collection) -> None:
        self.hub = hub
        self.collection = collection
        collection.source("set", SIMPLE.format(url="https://example.org/set"))
        git(collection.folder, "add", "config")
        git(collection.folder, "commit", "--quiet", "-m", "config", **BEGINNING)
        hub.adopt(str(collection.folder))
        self.policy = Policy(
            forge=Forge(
                kind="github",
                repository=COLLECTION,
                server=hub.url,
                api=hub.url,
                reviewers=("reviewer",),
                seconds_between_writes=0,
            )
        )
        self.opened: list[GitHubForge] = []

    def forge(self, *, token: str = Hub.token, folder: Path | None = None) -> GitHubForge:
        """Open the forge anew, as every night does."""
        checkout = Checkout(folder or self.collection.folder)
        environment = {"GITHUB_TOKEN": token, "GITHUB_RUN_ID": "7"}
        forge = connect(checkout, self.policy, environment=environment, limit_wait_s=0.1)
        self.opened.append(forge)
        return forge

    def night(
        self, proposal: Proposal | None = PROPOSAL, *, token: str = Hub.token, days: int = 0
    ) -> Applied:
        """Propose something."""
        forge = self.forge(token=token)
        now = NOW + dt.timedelta(days=days)
        feedback = forge.read_feedback(now.date())
        assert feedback.base is not None
        if proposal is not None and feedback.decisions is not None:
            files = {**proposal.files, "config/decisions.toml": feedback.decisions.encode()}
            proposal = replace(proposal, files=files)
        return forge.apply(proposal, feedback.base, now)

    def again_writes_nothing(self, proposal: Proposal | None = PROPOSAL) -> Applied:
        """Run the same night again; it must not write."""
        before, mark = self.hub.snapshot(), self.hub.mark()
        applied = self.night(proposal, days=1)
        written = [(one.method, one.path) for one in self.hub.writes_since(mark)]
        assert written == []
        assert self.hub.snapshot() == before
        return applied

    @property
    def snapshot(self) -> dict[str, Any]:
        """Everything there is on GitHub."""
        return self.hub.snapshot()

    def pull(self, number: int) -> dict[str, Any]:
        """One pull request."""
        [found] = [one for one in self.snapshot["pulls"] if one["number"] == number]
        return found

    def open(self) -> list[dict[str, Any]]:
        """The open pull requests."""
        return [one for one in self.snapshot["pulls"] if one["state"] == "open"]

    def tip(self, branch: str = BRANCH) -> str | None:
        """Where a branch is."""
        return self.snapshot["refs"].get(f"refs/heads/{branch}")

    def close(self) -> None:
        """Close every connection."""
        for forge in self.opened:
            forge.github.close()
