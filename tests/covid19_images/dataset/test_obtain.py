"""Where there is no local copy, one is downloaded; and where that is impossible, it is said how."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import covid19_images as c19
from covid19_images.download.copy import LocalCopyError
from covid19_images.download.verify import verify
from tests.support import local_copy
from tests.support.collection import ROOT


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A folder of releases, as the forge that is a folder leaves it."""
    return local_copy.publish(local_copy.make(tmp_path / "made"), tmp_path / "releases")


def test_the_first_load_downloads_says_how_much_and_the_second_does_not(
    published: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COVID19_IMAGES_FROM", str(published))
    monkeypatch.setenv("COVID19_IMAGES_DIR", str(tmp_path / "here"))
    images, _ = c19.load("xray", "train")
    printed = capfd.readouterr().err
    assert f"There is no copy of the collection in {tmp_path / 'here'}" in printed.replace("\n", "")
    assert "to fetch." in printed
    assert not list((tmp_path / "here/shards").glob("images-*"))  # only what 224 needs
    shutil.rmtree(published)
    again, _ = c19.load("xray", "train")
    assert (again == images).all()
    assert capfd.readouterr().err == ""


def test_offline_it_says_exactly_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COVID19_IMAGES_FROM", str(tmp_path / "unplugged"))
    with pytest.raises(LocalCopyError, match="covid19-images download") as raised:
        c19.load("xray", "train", root=tmp_path / "here", version="2026.11.23")
    assert "root=DIR or $COVID19_IMAGES_DIR" in str(raised.value)
    assert "--version 2026.11.23" in str(raised.value)
    assert not (tmp_path / "here" / "index.json").exists()


RANK = """
import sys, covid19_images as c19
images, _ = c19.load("xray", "train")
print(len(images), int(images.sum()))
"""


@pytest.mark.parametrize("count", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_ranks_without_a_copy_download_one_and_all_load_it(
    published: Path, tmp_path: Path, count: int
) -> None:
    places = {"COVID19_IMAGES_FROM": str(published), "COVID19_IMAGES_DIR": str(tmp_path / "here")}
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", RANK],
            cwd=ROOT,
            env=os.environ | places,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    ended = [(*rank.communicate(timeout=120), rank.returncode) for rank in ranks]
    assert {code for *_, code in ended} == {0}, [stderr for _, stderr, _ in ended]
    assert len({stdout for stdout, *_ in ended}) == 1
    assert sum("downloading one" in stderr for _, stderr, _ in ended) == 1
    assert verify(tmp_path / "here").is_good
