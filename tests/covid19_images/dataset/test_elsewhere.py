"""A folder that somebody else laid out is read as it is: as Kaggle mounts it, without a network."""

import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

import covid19_images as c19
from covid19_images.download.copy import LocalCopy
from covid19_images.download.places import release_folder
from tests.support import local_copy
from tests.support.crossed import crossed
from tests.support.services import unpack

SIZES = [224, 100]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> LocalCopy:
    return local_copy.make(tmp_path_factory.mktemp("copy") / "made", count=10)


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("COVID19_IMAGES_CACHE", str(tmp_path / "working"))


def flat(copy: LocalCopy, folder: Path) -> Path:
    """Lay a release out as it is published: everything in the folder of its version."""
    return local_copy.publish(copy, folder) / copy.version


def agree(copy: LocalCopy, root: Path, **more: object) -> None:
    for size in SIZES:
        images, targets = c19.load("xray", root=root, size=size, **more)
        expected, classes = c19.load("xray", root=copy.folder, size=size)
        assert np.array_equal(images, expected)
        assert np.array_equal(targets, classes)


@pytest.mark.parametrize(
    ("named", "packed"),
    crossed(["folder of releases", "release", "below one folder"], [True, False]),
)
def test_a_mounted_release_is_read_where_it_lies(
    copy: LocalCopy, tmp_path: Path, packed: bool, named: str
) -> None:
    mounted = tmp_path / "kaggle" / "input" / "covid19-images"
    release = flat(copy, mounted)
    if named == "below one folder":
        release = release.rename(mounted / "data")
    if not packed:
        unpack(release)
    before = sorted(path for path in mounted.rglob("*") if path.is_file())
    agree(copy, release if named == "release" else mounted)
    assert sorted(path for path in mounted.rglob("*") if path.is_file()) == before


def test_a_shard_of_an_earlier_release_is_found_beside_it(copy: LocalCopy, tmp_path: Path) -> None:
    release = flat(copy, tmp_path / "releases")
    later = release.rename(release.with_name("2026.11.24"))
    earlier = tmp_path / "releases" / copy.version
    earlier.mkdir()
    for file in later.glob("*.tar"):
        file.rename(earlier / file.name)
    index = (later / "index.json").read_text()
    head, _, tail = index.partition('"version": "2026.11.23"')
    (later / "index.json").write_text(f'{head}"version": "2026.11.24"{tail}')
    (earlier / "index.json").write_text(index)
    shutil.copy(later / "manifest.csv", earlier)
    agree(copy, tmp_path / "releases", version="2026.11.24")


def test_of_a_part_the_rest_is_counted(copy: LocalCopy, tmp_path: Path) -> None:
    release = flat(copy, tmp_path / "releases")
    (release / "images-journal-00000.tar").unlink()
    (release / "sized512-journal-00000.tar").unlink()
    images, _ = c19.load("xray", root=release)
    assert len(images)
    for file in release.glob("*.tar"):
        file.unlink()
    with pytest.raises(ValueError, match="not in this copy"):
        c19.load("xray", root=release)


def test_a_release_that_is_on_its_way_is_not_taken_for_one(copy: LocalCopy, tmp_path: Path) -> None:
    flat(copy, tmp_path).rename(tmp_path / ".next")
    assert release_folder(tmp_path) == tmp_path
    for name in ("a", "b"):
        shutil.copytree(tmp_path / ".next", tmp_path / name)
    assert release_folder(tmp_path) == tmp_path  # two, and neither says which it is
    assert release_folder(tmp_path / "nowhere") == tmp_path / "nowhere"
