"""An emulation of GitHub that is not ours, a collection on it, and nights."""

import json
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from github import Auth, Github
from github.PullRequest import PullRequest
from github.Repository import Repository

from flows.collection.checkout import Checkout
from flows.config.policy import Forge, Policy
from flows.forge import Applied
from flows.forge.github.connect import connect
from flows.forge.github.forge import LOGIN
from flows.proposal.proposal import Proposal
from tests.flows.forge.github.world import PROPOSAL as PINNED
from tests.support import warm
from tests.support.collection import NOW, SHARED, SIMPLE, Collection
from tests.support.github.install import packages
from tests.support.upstream import git

REPOSITORY = "bot/collection"
# Without pins: this emulation merges no tree that holds the commit of another repository.
PROPOSAL = replace(PINNED, pins={})
_SERVER = SHARED / "reference" / "github-emulator" / "ghreal.mjs"
_SEED = """
tokens:
  token-of-bot: {login: bot, scopes: [repo, workflow]}
  token-of-reviewer: {login: reviewer, scopes: [repo]}
  token-of-stranger: {login: stranger, scopes: [repo]}
github:
  users:
    - {login: bot, name: Bot, email: bot@example.com}
    - {login: reviewer, name: Reviewer, email: reviewer@example.com}
    - {login: stranger, name: Stranger, email: stranger@example.com}
  repos: [{owner: bot, name: collection, auto_init: true}]
"""


class Other:
    """The other emulation, a collection on it, and nights."""

    def __init__(self, url: str, collection: Collection) -> None:
        self.url, self.collection = url, collection
        self.clone_url = f"{url.replace('//', '//x:token-of-bot@')}/{REPOSITORY}.git"
        self.pages = False
        self._scripted: list[dict[str, Any]] = []
        self._opened: list[Github] = []
        self.github = self._as("bot")

    def _as(self, login: str) -> Github:
        auth = Auth.Token(f"token-of-{login}")
        self._opened.append(Github(base_url=self.url, auth=auth, seconds_between_writes=None))
        return self._opened[-1]

    def policy(self, repository: str = REPOSITORY) -> Policy:
        """Name the repository there as the place of proposals."""
        forge = Forge(
            kind="github",
            repository=repository,
            server=self.url,
            api=self.url,
            pages=self.pages,
            seconds_between_writes=0,
        )
        return Policy(forge=forge)

    def night(self, proposal: Proposal | None = PROPOSAL, repository: str = REPOSITORY) -> Applied:
        """Propose something."""
        environment = {"GITHUB_TOKEN": "token-of-bot", "GITHUB_RUN_ID": "7", LOGIN: "bot"}
        checkout = Checkout(self.collection.folder)
        forge = connect(
            checkout, self.policy(repository), environment=environment, limit_wait_s=0.1
        )
        try:
            feedback = forge.read_feedback(NOW.date())
            assert feedback.base is not None
            return forge.apply(proposal, feedback.base, NOW)
        finally:
            forge.github.close()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the bot's command line as a workflow does."""
        variables = {
            "GITHUB_TOKEN": "token-of-bot",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": "7",
            "GITHUB_SERVER_URL": self.url,
            "GITHUB_API_URL": self.url,
            LOGIN: "bot",
        }
        done = warm.run("flows", *words, folder=self.collection.folder, variables=variables)
        assert "Traceback" not in done.stdout + done.stderr
        assert "token-of-bot" not in done.stdout + done.stderr
        return done

    @property
    def repository(self) -> Repository:
        """The repository there."""
        return self.github.get_repo(REPOSITORY)

    @property
    def pull(self) -> PullRequest:
        """The one open pull request."""
        [pull] = self.repository.get_pulls(state="open")
        return pull

    def tip(self, branch: str) -> str | None:
        """Name the commit of a branch."""
        names = {one.name: one.commit.sha for one in self.repository.get_branches()}
        return names.get(branch)

    def fetch(self, branch: str) -> str:
        """Fetch a branch, and name its commit."""
        git(self.collection.folder, "fetch", "--quiet", self.clone_url, branch)
        return git(self.collection.folder, "rev-parse", "FETCH_HEAD").strip()

    def push(self) -> None:
        """Push what stands in the checkout's configuration to main."""
        git(self.collection.folder, "add", "config")
        git(self.collection.folder, "commit", "--quiet", "--allow-empty", "-m", "config")
        url = self.clone_url
        git(self.collection.folder, "push", "--quiet", "--force", url, "HEAD:refs/heads/main")

    def merge(self) -> None:
        """Merge what is proposed, as somebody does who merges with git."""
        pull = self.pull
        git(self.collection.folder, "reset", "--quiet", "--hard", self.fetch(pull.head.ref))
        self.push()
        pull.edit(state="closed")  # GitHub sees by itself that it is merged

    def comment_as(self, login: str, text: str) -> int:
        """Write a comment under the open pull request, and return its id."""
        there = self._as(login).get_repo(REPOSITORY)
        return there.get_issue(self.pull.number).create_comment(text).id

    def script(self, method: str, path: str, body: Any, status: int = 200) -> None:
        """Answer requests that this emulation knows nothing of, from now on."""
        one = {"method": method, "path": path, "status": status, "body": body, "times": 1000}
        self._scripted.insert(0, one)
        self.tell("faults", self._scripted)

    def tell(self, what: str, data: Any = None) -> Any:
        """Ask for something of the emulation itself."""
        sent = json.dumps({} if data is None else data).encode()
        with urllib.request.urlopen(f"{self.url}/_emu/{what}", sent, timeout=30) as answer:
            return json.load(answer)

    def writes(self) -> Sequence[Sequence[Any]]:
        """Return what was written since the last time."""
        rows = self.tell("ledger")
        return [
            row for row in rows if row[0] not in ("GET", "HEAD") and "upload-pack" not in row[1]
        ]

    def close(self) -> None:
        """Close every connection."""
        for one in self._opened:
            one.close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Start the emulation, and yield its address; skip the test where `../shared` has none."""
    if not _SERVER.is_file():
        pytest.skip(f"the other emulation of GitHub is not here ({_SERVER})")
    shutil.copy(_SERVER, folder)
    (folder / "node_modules").symlink_to(packages() / "node_modules")
    (folder / "seed.yaml").write_text(_SEED, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["node", _SERVER.name, "seed.yaml", str(port), str(folder / "git")]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("ready")
        yield f"http://127.0.0.1:{port}"
        running.terminate()


@contextmanager
def begun(url: str, collection: Collection) -> Iterator[Other]:
    """Put a collection of one source there, and yield both."""
    there = Other(url, collection)
    there.tell("reset")
    collection.source("set", SIMPLE.format(url="https://example.org/set"))
    there.push()
    there.writes()
    yield there
    there.close()
