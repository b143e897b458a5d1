"""The life of a proposal on an emulation of GitHub that is not ours: what ours may have wrong."""

import json
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from github import Auth, Github
from github.Repository import Repository

from flows.collection.checkout import Checkout
from flows.config.policy import Forge, Policy
from flows.forge import Applied
from flows.forge.errors import ForgeError
from flows.forge.github.connect import connect
from flows.forge.github.forge import LOGIN
from flows.proposal.plan import Proposal
from tests.flows.forge.github.world import BRANCH, MERGED
from tests.flows.forge.github.world import OTHER as CHANGED
from tests.flows.forge.github.world import PROPOSAL as PINNED
from tests.support.collection import NOW, SHARED, SIMPLE, Collection
from tests.support.github.install import packages
from tests.support.upstream import git

SERVER = SHARED / "reference" / "github-emulator" / "ghreal.mjs"
PICTURES = f"{BRANCH}-pictures"
# Without pins: this emulation merges no tree that holds the commit of another repository.
PROPOSAL, OTHER = replace(PINNED, pins={}), replace(CHANGED, pins={})
SEED = """
tokens:
  token-of-bot: {login: bot, scopes: [repo, workflow]}
github:
  users: [{login: bot, name: Bot, email: bot@example.com}]
  repos: [{owner: bot, name: collection, auto_init: true}]
"""


class Other:
    """The other emulation, a collection on it, and nights."""

    def __init__(self, url: str, collection: Collection) -> None:
        self.url, self.collection = url, collection
        self.github = Github(
            base_url=url, auth=Auth.Token("token-of-bot"), seconds_between_writes=None
        )

    def policy(self, repository: str = "bot/collection") -> Policy:
        return Policy(
            forge=Forge(kind="github", repository=repository, server=self.url, api=self.url)
        )

    def night(
        self, proposal: Proposal | None = PROPOSAL, repository: str = "bot/collection"
    ) -> Applied:
        told = {"GITHUB_TOKEN": "token-of-bot", "GITHUB_RUN_ID": "7", LOGIN: "bot"}
        checkout = Checkout(self.collection.folder)
        forge = connect(
            checkout, self.policy(repository), environment=told, pace_s=0, limit_wait_s=0.1
        )
        try:
            feedback = forge.read_feedback(NOW.date())
            assert feedback.base is not None
            return forge.apply(proposal, feedback.base, NOW)
        finally:
            forge.github.close()

    @property
    def repository(self) -> Repository:
        return self.github.get_repo("bot/collection")

    def tip(self, branch: str) -> str | None:
        names = {one.name: one.commit.sha for one in self.repository.get_branches()}
        return names.get(branch)

    def tell(self, what: str, data: Any = None) -> Any:
        sent = json.dumps({} if data is None else data).encode()
        with urllib.request.urlopen(f"{self.url}/_emu/{what}", sent, timeout=30) as answer:
            return json.load(answer)

    def writes(self) -> list[list[Any]]:
        """Return what was written since the last time."""
        rows = self.tell("ledger")
        return [
            row for row in rows if row[0] not in ("GET", "HEAD") and "upload-pack" not in row[1]
        ]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not SERVER.is_file():
        pytest.skip(f"the other emulation of GitHub is not here ({SERVER})")
    folder = tmp_path_factory.mktemp("other")
    shutil.copy(SERVER, folder)
    (folder / "node_modules").symlink_to(packages() / "node_modules")
    (folder / "seed.yaml").write_text(SEED, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["node", SERVER.name, "seed.yaml", str(port), str(folder / "git")]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("ready")
        yield f"http://127.0.0.1:{port}"
        running.terminate()


@pytest.fixture
def other(server: str, collection: Collection) -> Iterator[Other]:
    there = Other(server, collection)
    there.tell("reset")
    folder = collection.folder
    collection.source("set", SIMPLE.format(url="https://example.org/set"))
    git(folder, "add", "config")
    git(folder, "commit", "--quiet", "-m", "config")
    url = f"{server.replace('//', '//x:token-of-bot@')}/bot/collection.git"
    git(folder, "push", "--quiet", "--force", url, "HEAD:refs/heads/main")
    there.writes()
    yield there
    there.github.close()


def test_a_proposal_is_opened_once_edited_merged_and_its_pictures_stay(other: Other) -> None:
    main = other.tip("main")
    assert other.night().action == "proposed"
    other.writes()
    assert (other.night().action, other.writes()) == ("unchanged", [])
    assert other.night(OTHER).action == "proposed"
    [pull] = other.repository.get_pulls(state="open")
    assert (pull.title, other.tip("main")) == (OTHER.title, main)
    assert pull.body.startswith(f"**[Open the review page]({other.url}/bot/collection/actions/runs")
    pictures = other.tip(PICTURES)
    assert f"/blob/{pictures}/new.jpg" in pull.body
    pull.merge()
    assert other.night(None).action == "withdrawn"
    assert (other.tip(BRANCH), other.tip(PICTURES)) == (None, None)
    kept = other.repository.get_commit(str(other.tip(MERGED)))
    assert pictures in {one.sha for one in kept.parents}
    other.writes()
    assert (other.night(None).action, other.writes()) == ("nothing", [])


@pytest.mark.parametrize("path", ["/pulls$", "/labels$"])
def test_a_write_whose_answer_is_lost_is_made_once(other: Other, path: str) -> None:
    other.tell("faults", [{"path": path, "method": "POST", "status": 502, "after": True}])
    assert other.night().action == "proposed"
    assert len(list(other.repository.get_pulls(state="open"))) == 1
    assert other.night().action == "unchanged"


def test_what_people_commit_or_close_stays(other: Other) -> None:
    other.night()
    other.repository.create_file("mine.txt", "work", b"work\n", branch=BRANCH)
    theirs, main = other.tip(BRANCH), other.tip("main")
    assert other.night(OTHER).action == "left_alone"
    assert (other.tip(BRANCH), other.tip("main")) == (theirs, main)
    [pull] = other.repository.get_pulls(state="open")
    [comment] = pull.get_issue_comments()
    assert OTHER.title in comment.body


def test_what_was_closed_is_not_proposed_again(other: Other) -> None:
    other.night()
    [pull] = other.repository.get_pulls(state="open")
    pull.edit(state="closed")
    assert other.night().action == "left_alone"
    assert list(other.repository.get_pulls(state="open")) == []
    assert other.night(OTHER).action == "proposed"


def test_the_settings_of_a_fresh_repository_are_named(other: Other) -> None:
    words = "GitHub Actions is not permitted to create or approve pull requests."
    fault = {"path": "/pulls$", "method": "POST", "status": 403, "body": {"message": words}}
    other.tell("faults", [fault])
    refused = other.night()
    assert (refused.action, "Settings → Actions → General" in refused.message) == ("failed", True)
    assert other.night().action == "proposed"
    with pytest.raises(ForgeError, match=r"repository|Repository"):
        other.night(repository="bot/nowhere")


def test_a_policy_that_would_write_to_main_is_refused_below_the_policy(
    other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = other.policy().model_copy(update={"branch": "main"})
    monkeypatch.setattr(other, "policy", lambda _repository: wrong)
    main = other.tip("main")
    other.writes()
    assert (other.night().action, other.night(None).action) == ("failed", "failed")
    assert (other.tip("main"), other.writes()) == (main, [])
