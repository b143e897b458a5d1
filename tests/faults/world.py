"""A small collection before a night that brings news, and what that night should come to."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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

# Two batches of decoders' work.
NEWS: Mapping[str, bytes | None] = {
    **{f"images/{i}.png": png(i) for i in range(20, 45)},
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
        printed = done.stdout.decode() + done.stderr.decode()
        assert done.returncode in (0, 1, 2), printed
        assert "Traceback" not in printed, printed
        return printed


def run(command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    """Run a program of this repository."""
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True)


def prepare(folder: Path) -> None:
    """Write what all worlds are copies of, and what undisturbed runs come to.

    Six pictures are imported; then the upstream changes. What becomes of that is proposed, merged
    and released beside it.
    """
    upstream = Upstream(folder / "served" / "upstream.git")
    upstream.commit({f"images/{i}.png": png(i) for i in range(6)})
    first = Collection(folder / "sync" / "collection")
    first.source("set", SIMPLE.format(url=upstream.url))
    first.night()
    first.merge()
    git(first.folder, "update-ref", "-d", "refs/heads/sync/datasets")
    shutil.rmtree(first.pages)
    upstream.commit(NEWS)
    Collection(_copied(folder / "sync", folder / "proposed")).night()
    _prepare_release(folder)


def _prepare_release(folder: Path) -> None:
    """Release the first pictures, merge the news, and see what the next release is."""
    merged = _copied(folder / "sync", folder / "release")
    World(merged, {}, "release").release()
    Collection(merged).night()
    Collection(merged).merge()
    shutil.rmtree(Collection(merged).cache)
    World(_copied(folder / "release", folder / "released"), {}, "release").release()


def _copied(world: Path, to: Path) -> Path:
    shutil.copytree(world, to)
    return to / "collection"


class Worlds:
    """Make worlds that are all alike."""

    def __init__(self, scratch: Path, prepared: Path) -> None:
        """Make them below a folder, of what `prepare` wrote to another."""
        self._scratch, self._prepared = scratch, prepared
        self._numbers = count()
        self.upstream = Upstream(prepared / "served" / "upstream.git")
        self._undisturbed = prepared / "proposed" / "collection"
        self.expected: Mapping[Act, Result] = {
            "sync": proposal(self._undisturbed),
            "release": published(prepared / "released" / "collection"),
        }

    def new(self, *, act: Act = "sync", warm: bool = False) -> World:
        """Make a world before the night, or before the release that follows it.

        Args:
            act: What is to be run. A release finds one before it, and a machine that has no cache.
            warm: Whether the night has fetched and read the news before.
        """
        folder = _copied(self._prepared / act, self._scratch / str(next(self._numbers)))
        if warm:
            cache = Collection(folder).cache
            shutil.rmtree(cache)
            shutil.copytree(Collection(self._undisturbed).cache, cache)
        return World(folder, self.expected[act], act)

    def done_with(self, world: World) -> None:
        """Remove a world."""
        shutil.rmtree(world.folder.parent)
