"""Releases of small collections, into a folder."""

import datetime as dt
import shutil
import sys
from pathlib import Path

import pytest

from flows.collection.checkout import Checkout
from flows.config import load
from flows.config.licences import Licence
from flows.night.run import open_run
from flows.publish import release as steps
from flows.publish.folder import FolderPublisher
from flows.publish.release import Outcome
from tests.support.collection import NOW, SIMPLE, Collection
from tests.support.once import once
from tests.support.pictures import png
from tests.support.upstream import Upstream

EVERYTHING = '["NOASSERTION"]\nredistribute = true\nwhy = "a test"\n'


def allow_everything(collection: Collection, source: str = "set") -> None:
    """Let every image of a source be shipped, whatever its licence."""
    rows = collection.records(source, "main").values()
    named = sorted({row.licence or "NOASSERTION" for row in rows})
    text = "".join(EVERYTHING.replace("NOASSERTION", name) for name in named)
    (collection.folder / "config" / "licences.toml").write_text(text, encoding="utf-8")


def release(
    collection: Collection, folder: Path, *, now: dt.datetime = NOW, **options: object
) -> Outcome:
    """Release what a collection holds."""
    text = load.load(collection.folder / "config")
    if not text.licences:
        text = text.model_copy(
            update={"licences": {"NOASSERTION": Licence(redistribute=True, why="a test")}}
        )
    night, _ = open_run(Checkout(collection.folder), text, collection.cache)
    return steps.run(night, FolderPublisher(folder), now, **options)  # type: ignore[arg-type]


def twin(collection: Collection, folder: Path) -> Collection:
    """Copy a collection and its cache to another place."""
    shutil.copytree(collection.folder, folder)
    other = Collection(folder)
    shutil.copytree(collection.cache, other.cache)
    return other


def next_release(folder: Path) -> None:
    """Release what a collection holds beside it, a day after what lies there."""
    releases = folder.parent / "releases"
    day = dt.timedelta(days=len(FolderPublisher(releases).published()))
    release(Collection(folder), releases, now=NOW + day)


def three(factory: pytest.TempPathFactory) -> Path:
    """Return three releases, made once: begun, grown by a picture, and with one taken down."""
    return once(factory, "three-releases", _make_three) / "releases"


def _make_three(folder: Path) -> None:
    made, upstream = Collection(folder / "collection"), Upstream(folder / "upstream.git")
    upstream.commit({f"images/{i}.png": png(i) for i in range(3)})
    made.source("set", SIMPLE.format(url=upstream.url))
    for day in range(2):
        made.night()
        made.merge()
        allow_everything(made)
        release(made, folder / "releases", now=NOW + dt.timedelta(days=day))
        upstream.commit({"images/new.png": png(100)})
    gone = '[[exclude]]\nimage = "set/images/0.png"\nreason = "owner"\nby = "me"\n'
    (made.folder / "config" / "decisions.toml").write_text(gone + "date = 2026-11-24\n")
    release(made, folder / "releases", now=NOW + dt.timedelta(days=2))


if __name__ == "__main__":
    next_release(Path(sys.argv[1]))
