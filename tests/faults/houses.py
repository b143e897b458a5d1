"""Hub, Zenodo and Kaggle, emulated, each of which kills who asks it, at any request it is told to.

A killed process hears no answer: either the request never came, or it was done all the same.
"""

import hashlib
import json
import os
import random
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.carry import HOUSES, OUTCOME, PID
from tests.faults.nights import shard
from tests.support import hub, kaggle, warm, zenodo
from tests.support.kaggle.methods import unpacked

_EMULATED = {"hub": hub.emulated, "zenodo": zenodo.emulated, "kaggle": kaggle.emulated}


class Deadly(list[str]):
    """The requests of a house: at one of them the process that asks is killed."""

    def __init__(self) -> None:
        super().__init__()
        self.left = self.kills = 0
        self.pid, self.is_done = Path(), False

    def arm(self, pid: Path, left: int, *, is_done: bool) -> None:
        """Kill the process of that file at a request to come, which is done or never came."""
        self.pid, self.left, self.is_done = pid, left, is_done

    def append(self, request: str) -> None:
        super().append(request)
        self.left -= 1
        if self.left == 0:
            os.kill(int(self.pid.read_text(encoding="ascii")), signal.SIGKILL)
            self.kills += 1
            if not self.is_done:
                raise ConnectionAbortedError  # the server forgets the request, and says nothing


@dataclass
class House:
    """A house that releases are brought to.

    Attributes:
        name: Which.
        there: Its emulation.
        asked: What it was asked.
        took_s: How long the last run that nobody killed took.
        requests: How many requests a run makes, about.
    """

    name: str
    there: Any
    asked: Deadly = field(default_factory=Deadly)
    took_s: float = 0.0
    requests: int = 20

    @property
    def kills(self) -> int:
        return self.asked.kills

    @property
    def sent(self) -> int:
        return int(self.there.received)

    def run(self, releases: Path, cache: Path, *, kill_at: int, is_done: bool) -> dict[str, Any]:
        """Let a process of its own carry releases there; return nothing where it was killed."""
        cache.mkdir(parents=True, exist_ok=True)
        to = cache / OUTCOME
        to.unlink(missing_ok=True)
        self.asked.arm(cache / PID, kill_at, is_done=is_done)
        begun_s = time.monotonic()
        words = (self.name, self.there.url, str(releases), str(cache))
        done = warm.run("tests.faults.carry", *words)
        self.took_s = time.monotonic() - begun_s
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        return dict(json.loads(to.read_bytes())) if to.exists() else {}

    def versions(self) -> dict[str, Mapping[str, bytes]]:
        """Return the files of every version that people see, by release; a release twice fails."""
        if self.name == "hub":
            commits = self.there.commits
            found = [(tag, commits[at][1]) for tag, at in self.there.tags.items()]
            named = [title for title, _ in commits.values() if title.startswith("Release ")]
            assert len(named) == len(found), "a commit without its tag, or two"
            return {tag: {p: blob.content for p, blob in files.items()} for tag, files in found}
        if self.name == "zenodo":
            files = [(one.metadata["version"], one.files) for one in self.there.published]
        else:
            files = [(_release_of(one.files), one.files) for one in self.there.there]
        assert len(dict(files)) == len(files), "two versions of one release"
        return dict(files)

    def new_bytes(self) -> int:
        """Count the bytes that no other version has, and no other file."""
        if self.name == "kaggle":  # what was sent there is not what lies there: tars are unpacked
            sent = [one.content for one in self.there.uploads.values() if one.used]
        else:
            sent = [content for files in self.versions().values() for content in files.values()]
        return sum({hashlib.sha256(one).digest(): len(one) for one in sent}.values())

    def whole_bytes(self) -> int:
        """Count the bytes of all versions, each whole."""
        if self.name == "kaggle":
            return sum(one.size for one in self.there.uploads.values() if one.used)
        return sum(len(one) for files in self.versions().values() for one in files.values())


def _release_of(files: Mapping[str, bytes]) -> str:
    return str(json.loads(files["index.json"])["version"])


def update(house: House, releases: Path, cache: Path, kills: int, chance: random.Random) -> Any:
    """Update a house, killed some times on the way; return how it fared in the end."""
    before = len(house.asked)
    for _ in range(kills):
        at, is_done = chance.randint(1, house.requests), chance.random() < 0.5
        house.run(releases, cache, kill_at=at, is_done=is_done)
    outcome = house.run(releases, cache, kill_at=0, is_done=False)
    assert outcome.get("state") in ("updated", "there"), f"{house.name}: {outcome}"
    house.requests = max(8, (len(house.asked) - before) // (kills + 1))
    return outcome


def lost(house: House, releases: Path, versions: list[str]) -> list[str]:
    """Return what differs there from the releases: versions, and files of any of them."""
    found = house.versions()
    if sorted(found) != sorted(versions):
        return [f"{house.name} has {sorted(found)}"]
    odd = []
    for version, files in found.items():
        sums = (releases / version / "SHA256SUMS").read_text(encoding="ascii").splitlines()
        for digest, _, name in (line.partition("  ") for line in sums):
            if not _is_there(house, files, name, digest, releases):
                odd.append(f"{house.name} {version}: {name}")
    return odd


def _is_there(
    house: House, files: Mapping[str, bytes], name: str, digest: str, releases: Path
) -> bool:
    if name in files and not (house.name == "hub" and name == "README.md"):  # it has its own
        return hashlib.sha256(files[name]).hexdigest() == digest
    if house.name == "hub":  # squares instead of shards, and some files only
        return True
    if house.name == "zenodo":
        return any(one.startswith("packed-") for one in files)
    there = {path: one for path, one in files.items() if path.startswith(f"{name[:-4]}/")}
    return bool(there) and there == unpacked(name, shard(releases, name, digest))


@contextmanager
def opened() -> Iterator[dict[str, House]]:
    """Serve the three houses, empty, until the end of the block."""
    with ExitStack() as stack:
        houses = {}
        for name in HOUSES:
            house = House(name, stack.enter_context(_EMULATED[name]()))
            house.there.asked = house.asked
            houses[name] = house
        yield houses
