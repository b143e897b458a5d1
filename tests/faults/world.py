"""A small collection before a night that brings news, and what that night should come to."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.support.collection import ROOT, SIMPLE, Collection
from tests.support.pictures import encoded, picture, png
from tests.support.upstream import Upstream, git

Result = Mapping[str, bytes]

NEWS: Mapping[str, bytes | None] = {
    **{f"images/{i}.png": png(i) for i in range(20, 60)},
    "images/copy.jpg": encoded(picture(3), "JPEG", quality=90),
    "images/0.png": None,
}


def proposal(folder: Path) -> Result:
    """Give every byte that a night proposes; commit dates aside, which are the runs' own."""
    collection = Collection(folder)
    branch = git(collection.folder, "log", "-1", "--format=%T%n%P%n%B", "sync/datasets")
    pages = sorted(file for file in collection.pages.rglob("*") if file.is_file())
    return {"branch": branch.encode()} | {
        str(file.relative_to(collection.pages)): file.read_bytes() for file in pages
    }


@dataclass(frozen=True)
class World:
    """A collection of its own for one fault; all share an upstream, which nobody writes to.

    Attributes:
        folder: The collection's clone.
        expected: What an undisturbed night comes to.
    """

    folder: Path
    expected: Result

    @property
    def cache(self) -> Path:
        """Its cache."""
        return Collection(self.folder).cache

    def night(self) -> Result:
        """Run a night, and give what is proposed then."""
        Collection(self.folder).night()
        return proposal(self.folder)

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
        self.undisturbed = self._copy("undisturbed")
        Collection(self.undisturbed).night()
        self.expected = proposal(self.undisturbed)
        self._numbers = count()

    def new(self, *, warm: bool = False) -> World:
        """Make a world before the night, or one that has fetched and read the news already."""
        folder = self._copy(str(next(self._numbers)))
        if warm:
            cache = Collection(folder).cache
            shutil.rmtree(cache)
            shutil.copytree(Collection(self.undisturbed).cache, cache)
        return World(folder, self.expected)

    def done_with(self, world: World) -> None:
        """Remove a world."""
        shutil.rmtree(world.folder.parent)

    def _copy(self, name: str) -> Path:
        shutil.copytree(self._template, self._scratch / name)
        return self._scratch / name / "collection"
