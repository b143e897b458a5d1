"""Real nights, a release each, in a folder: what the targets are tried with."""

import csv
import datetime as dt
import hashlib
from pathlib import Path

from flows.publish.folder import FolderPublisher
from tests.support.collection import NOW, Collection
from tests.support.releases import allow_everything, release
from tests.support.upstream import Upstream

FIGURES = "covid-chestxray-dataset"
NIGHTS = 18
RELEASES = "releases"


def released(bundles: Path, folder: Path) -> list[str]:
    """Return the releases of all real nights; those that are not there are made now.

    Args:
        bundles: Where the real histories are.
        folder: Where collection, upstream and `releases` are laid; what it has is gone on with.
    """
    releases, upstream_git, done = folder / RELEASES, folder / "ieee8023.git", folder / "nights"
    with (bundles / "ieee8023.nightly.csv").open(encoding="utf-8") as file:
        tips = [night["bundle_commit"] for night in csv.DictReader(file)]
    assert len(tips) == NIGHTS
    collection = Collection(folder / "collection")
    if not upstream_git.exists():
        Upstream.from_bundle(bundles / "ieee8023.bundle", upstream_git)
        collection.real_source(FIGURES, Upstream(upstream_git).url)
    begin = int(done.read_text(encoding="ascii")) if done.exists() else 0
    for number, tip in enumerate(tips[begin:], start=begin):
        Upstream(upstream_git).reset(tip)
        if collection.night().proposal is not None:
            collection.merge()
            allow_everything(collection, FIGURES)
        release(collection, releases, now=NOW + dt.timedelta(days=number))
        done.write_text(str(number + 1), encoding="ascii")
    after = _version(NIGHTS)
    return [one for one in FolderPublisher(releases).published() if one < after]


def withdrawn(folder: Path) -> str:
    """Return the release of the night after, made now where it is not there: without a picture.

    Args:
        folder: What `released` filled.
    """
    releases, version = folder / RELEASES, _version(NIGHTS)
    if version in FolderPublisher(releases).published():
        return version
    collection = Collection(folder / "collection")
    row = next(iter(collection.records(FIGURES, "main").values()))
    gone = f'[[exclude]]\nimage = "{row.key}"\nreason = "privacy"\nby = "a test"\n'
    decisions = collection.folder / "config" / "decisions.toml"
    decisions.write_text(gone + f"date = {NOW:%Y-%m-%d}\n", encoding="utf-8")
    release(collection, releases, now=NOW + dt.timedelta(days=NIGHTS))
    return version


def shard(releases: Path, name: str, digest: str) -> bytes:
    """Return the bytes of a shard, whichever release has the file."""
    shards = (file.read_bytes() for file in releases.glob(f"*/{name}"))
    return next(one for one in shards if hashlib.sha256(one).hexdigest() == digest)


def _version(night: int) -> str:
    return f"{NOW + dt.timedelta(days=night):%Y.%m.%d}"
