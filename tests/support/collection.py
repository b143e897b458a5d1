"""A clone of the collection for tests, with a configuration of its own."""

import datetime as dt
import shutil
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from covid19_images.manifest import table
from covid19_images.manifest.record import Record
from flows.collection.checkout import Checkout
from flows.config import load
from flows.forge.folder import FolderForge
from flows.night.opened import Opened
from flows.night.run import Report, open_run
from tests.support.upstream import Upstream, git

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
NOW = dt.datetime(2026, 11, 23, 3, 17, tzinfo=dt.UTC)
# When a collection was begun: it is the same commit in every test.
BEGINNING = {"GIT_AUTHOR_DATE": "2026-11-01T00:00Z", "GIT_COMMITTER_DATE": "2026-11-01T00:00Z"}

SIMPLE = """
title = "A set"
owner = "Somebody"
url = "{url}"
order = 1
[files]
images = ["/images/"]
"""


class Collection:
    """A checkout whose upstreams are on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = folder.parent / f"{folder.name}-cache"
        if not folder.exists():
            self._make(folder)

    @staticmethod
    def _make(folder: Path) -> None:
        sources = folder / "config" / "sources"
        sources.mkdir(parents=True)
        shutil.copy(ROOT / "config" / "vocabulary.toml", folder / "config")
        (folder / "config" / "policy.toml").write_text(
            'protocols = ["file"]\nmin_free_bytes = 0\nforge.seconds_between_writes = 0\n',
            encoding="utf-8",
        )
        git(folder, "init", "--quiet", "--initial-branch=main")
        git(folder, "commit", "--quiet", "--allow-empty", "-m", "begin", **BEGINNING)

    def source(self, name: str, toml: str) -> None:
        """Configure a source; one whose order another has already is put behind it."""
        folder = self.folder / "config" / "sources"
        others = [file for file in folder.glob("*.toml") if file.stem != name]
        if any("\norder = 1\n" in file.read_text(encoding="utf-8") for file in others):
            order = int.from_bytes(name.encode().ljust(32))
            toml = toml.replace("\norder = 1\n", f"\norder = {order}\n")
        file = self.folder / "config" / "sources" / f"{name}.toml"
        file.write_text(toml, encoding="utf-8")

    def real_source(self, name: str, url: str) -> None:
        """Configure a source as the collection does, with another url."""
        text = (ROOT / "config" / "sources" / f"{name}.toml").read_text(encoding="utf-8")
        real = tomllib.loads(text)["url"]
        self.source(name, text.replace(f'url = "{real}"', f'url = "{url}"'))

    def night(
        self,
        *,
        run: Callable[..., Report] = Opened.run,
        only: Sequence[str] = (),
        now: dt.datetime = NOW,
        **options: Any,
    ) -> Report:
        """Run a night on it, without Prefect by default."""
        config = load.load(self.folder / "config")
        checkout = Checkout(self.folder)
        forge = FolderForge(checkout, self.pages, config.policy.branch, base="main", push=False)
        feedback = forge.read_feedback(now.date())
        context, base = open_run(checkout, config, self.cache, only, feedback)
        opened = Opened(context, base, forge, now)
        return run(opened, **({"say": lambda _: None} | options))

    def forget(self) -> None:
        """Forget what was proposed and what was cached."""
        shutil.rmtree(self.cache)
        git(self.folder, "update-ref", "-d", "refs/heads/sync/datasets")

    @property
    def pages(self) -> Path:
        """Where proposals are laid."""
        return self.folder / ".proposals"

    def merge(self) -> None:
        """Merge what is proposed."""
        git(self.folder, "update-ref", "refs/heads/main", "refs/heads/sync/datasets")

    def file(self, path: str, ref: str = "sync/datasets") -> str:
        """Read a file of a branch."""
        return git(self.folder, "show", f"{ref}:{path}")

    def records(self, name: str, ref: str = "sync/datasets") -> dict[str, Record]:
        """Read a manifest of a branch, by path."""
        text = self.file(f"datasets/manifest/{name}.csv", ref)
        return {record.path: record for record in table.loads(text)}

    def tree(self, ref: str = "sync/datasets") -> str:
        """Name the tree of a branch."""
        return git(self.folder, "rev-parse", f"{ref}^{{tree}}").strip()

    def objects(self) -> set[str]:
        """List every object of the checkout."""
        return set(git(self.folder, "cat-file", "--batch-all-objects", "--batch-check").split())


def imported(bundles: Path, bundle: str, name: str, folder: Path) -> Collection:
    """Return a collection that has imported a real source from its bundle."""
    collection = Collection(folder / "collection")
    upstream = Upstream.from_bundle(bundles / f"{bundle}.bundle", folder / "upstream.git")
    collection.real_source(name, upstream.url)
    collection.night()
    return collection


def counts(report: Report, name: str) -> Mapping[str, int]:
    """Return the counts of one source."""
    [change] = [change for change in report.changes if change.source.name == name]
    return change.counts()
