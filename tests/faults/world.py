"""A small collection before a night that brings news, and what that night should come to."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Literal

from flows.forge import status_page
from tests.support import warm
from tests.support.collection import ROOT, SIMPLE, Collection
from tests.support.pictures import encoded, picture, png
from tests.support.upstream import Upstream, git

Result = Mapping[str, bytes]
Act = Literal["sync", "release"]

NEWS: Mapping[str, bytes | None] = {
    **{f"images/{i}.png": png(i) for i in range(20, 60)},
    "images/copy.jpg": encoded(picture(3), "JPEG", quality=90),
    "images/0.png": None,
}


def proposal(folder: Path) -> Result:
    """Return every byte that a night proposes.

    Commit dates aside, which are the runs' own, and what the command says to a person.
    """
    collection = Collection(folder)
    branch = git(collection.folder, "log", "-1", "--format=%T%n%P%n%B", "sync/datasets")
    files = (file for file in collection.pages.rglob("*") if file.is_file())
    pages = sorted(file for file in files if file.name != status_page.PAGE)
    return {"branch": branch.encode()} | {
        str(file.relative_to(collection.pages)): file.read_bytes() for file in pages
    }


def published(folder: Path) -> Result:
    """Return every byte that was released, and what lies beside it."""
    releases = folder.parent / "releases"
    files = sorted(file for file in releases.rglob("*") if file.is_file())
    return {str(file.relative_to(releases)): file.read_bytes() for file in files}


@dataclass(frozen=True)
class World:
    """A collection of its own for one fault; all share an upstream, which nobody writes to.

    Attributes:
        folder: The collection's clone.
        expected: What an undisturbed run comes to.
        act: What is run.
    """

    folder: Path
    expected: Result
    act: Act = "sync"

    @property
    def cache(self) -> Path:
        """Its cache."""
        return Collection(self.folder).cache

    def night(self) -> Result:
        """Run a night, and give what is proposed then."""
        Collection(self.folder).night()
        return proposal(self.folder)

    def again(self) -> Result:
        """Run the act, and give what it came to."""
        return self.night() if self.act == "sync" else self.release()

    def release(self) -> Result:
        """Release what the collection holds from a process of its own, and give what is there."""
        done = warm.run("tests.support.releases", str(self.folder))
        assert done.returncode == 0, done.stderr
        return published(self.folder)

    def command(self, *, bound: str | None = None) -> str:
        """Run `python -m flows sync` in a process of its own, and give what it says.

        Args:
            bound: What is kept from it; see `tests.faults.bounded`.

        Raises:
            AssertionError: When it ends as nobody expected: with a traceback.
        """
        within = [sys.executable, "-m", "tests.faults.bounded", bound] if bound else []
        args = ("sync", "--direct", "--checkout", str(self.folder), "--cache", str(self.cache))
        done = run([*within, sys.executable, "-m", "flows", *args])
        said = done.stdout.decode() + done.stderr.decode()
        assert done.returncode in (0, 1, 2), said
        assert "Traceback" not in said, said
        return said


def run(command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    """Run a program of this repository."""
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True)


class Worlds:
    """Make worlds that are all alike."""

    def __init__(self, scratch: Path) -> None:
        """Import six pictures, let the upstream change, and see what an undisturbed night does."""
        self._scratch = scratch
        self.upstream = Upstream(scratch / "served" / "upstream.git")
        self.upstream.commit({f"images/{i}.png": png(i) for i in range(6)})
        self._template = scratch / "template"
        first = Collection(self._template / "collection")
        first.source("set", SIMPLE.format(url=self.upstream.url))
        first.night()
        first.merge()
        git(first.folder, "update-ref", "-d", "refs/heads/sync/datasets")
        shutil.rmtree(first.pages)
        self.upstream.commit(NEWS)
        self.undisturbed = self._copied(self._template, "undisturbed")
        Collection(self.undisturbed).night()
        self._numbers = count()

    @cached_property
    def expected(self) -> Mapping[Act, Result]:
        """What undisturbed runs come to."""
        last = World(self._copied(self._merged, "released"), {}, "release").release()
        return {"sync": proposal(self.undisturbed), "release": last}

    def new(self, *, act: Act = "sync", warm: bool = False) -> World:
        """Make a world before the night, or before the release that follows it.

        Args:
            act: What is to be run. A release finds one before it, and a machine that has no cache.
            warm: Whether the night has fetched and read the news before.
        """
        number = str(next(self._numbers))
        folder = self._copied(self._template if act == "sync" else self._merged, number)
        if warm:
            cache = Collection(folder).cache
            shutil.rmtree(cache)
            shutil.copytree(Collection(self.undisturbed).cache, cache)
        return World(folder, self.expected[act], act)

    @cached_property
    def _merged(self) -> Path:
        """Where the first pictures are released and the news are merged."""
        folder = self._copied(self._template, "merged")
        World(folder, {}, "release").release()
        Collection(folder).night()
        Collection(folder).merge()
        shutil.rmtree(Collection(folder).cache)
        return folder.parent

    def done_with(self, world: World) -> None:
        """Remove a world."""
        shutil.rmtree(world.folder.parent)

    def _copied(self, world: Path, name: str) -> Path:
        shutil.copytree(world, self._scratch / name)
        return self._scratch / name / "collection"
