"""Real nights, a release each, in a folder: what the targets are tried with."""

import csv
import datetime as dt
from pathlib import Path

from flows.publish.folder import FolderPublisher
from tests.support.collection import NOW, Collection
from tests.support.releases import allow_everything, release
from tests.support.upstream import Upstream

FIGURES = "covid-chestxray-dataset"
NIGHTS = 18


def released(bundles: Path, folder: Path) -> Path:
    """Return a folder with a release of each real night; those that are not there are made now.

    Args:
        bundles: Where the real histories are.
        folder: Where collection, upstream and releases are laid.
    """
    releases, upstream_git = folder / "releases", folder / "ieee8023.git"
    there = len(FolderPublisher(releases).published())
    with (bundles / "ieee8023.nightly.csv").open(encoding="utf-8") as file:
        tips = [night["bundle_commit"] for night in csv.DictReader(file)]
    assert len(tips) == NIGHTS
    if there >= NIGHTS:
        return releases
    collection = Collection(folder / "collection")
    if upstream_git.exists():
        upstream = Upstream(upstream_git)
    else:
        upstream = Upstream.from_bundle(bundles / "ieee8023.bundle", upstream_git)
        collection.real_source(FIGURES, upstream.url)
    for number, tip in enumerate(tips[there:], start=there):
        upstream.reset(tip)
        if collection.night().proposal is not None:
            collection.merge()
            allow_everything(collection, FIGURES)
        release(collection, releases, now=NOW + dt.timedelta(days=number))
    return releases


def withdrawn(folder: Path, releases: Path) -> str:
    """Return the release after the last night's, made now where it is not there: without a picture.

    Args:
        folder: What `released` filled.
        releases: Its releases.
    """
    there = FolderPublisher(releases).published()
    if len(there) > NIGHTS:
        return there[NIGHTS]
    collection = Collection(folder / "collection")
    row = next(iter(collection.records(FIGURES, "main").values()))
    gone = f'[[exclude]]\nimage = "{row.key}"\nreason = "privacy"\nby = "a test"\n'
    decisions = collection.folder / "config" / "decisions.toml"
    decisions.write_text(gone + f"date = {NOW:%Y-%m-%d}\n", encoding="utf-8")
    release(collection, releases, now=NOW + dt.timedelta(days=NIGHTS))
    return FolderPublisher(releases).published()[-1]
