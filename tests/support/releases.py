"""Releases of small collections, into a folder."""

import datetime as dt
import shutil
import sys
from pathlib import Path

from covid19_images.release.rights import Licence
from flows import config
from flows.checkout import Checkout
from flows.night import open_night
from flows.publish import steps
from flows.publish.folder import FolderPublisher
from flows.publish.steps import Outcome
from tests.support.collection import NOW, Collection
from tests.support.killed import arm

EVERYTHING = '["NOASSERTION"]\nredistribute = true\nwhy = "a test"\n'


def allow_everything(collection: Collection) -> None:
    """Let images without a licence be shipped."""
    (collection.folder / "config" / "licences.toml").write_text(EVERYTHING, encoding="utf-8")


def release(
    collection: Collection, folder: Path, *, now: dt.datetime = NOW, **options: object
) -> Outcome:
    """Release what a collection holds."""
    told = config.load(collection.folder / "config")
    if not told.licences:
        told = told.model_copy(
            update={"licences": {"NOASSERTION": Licence(redistribute=True, why="a test")}}
        )
    night, _ = open_night(Checkout(collection.folder), told, collection.cache)
    return steps.run(night, FolderPublisher(folder), now, **options)  # type: ignore[arg-type]


def twin(collection: Collection, folder: Path) -> Collection:
    """Copy a collection and its cache to another place."""
    shutil.copytree(collection.folder, folder)
    other = Collection(folder)
    shutil.copytree(collection.cache, other.cache)
    return other


def main() -> None:
    """Release, and be killed: FOLDER RELEASES MODULE:NAME before|after."""
    folder, releases, target, when = sys.argv[1:]
    arm(target, when)
    release(Collection(Path(folder)), Path(releases))


if __name__ == "__main__":
    main()
