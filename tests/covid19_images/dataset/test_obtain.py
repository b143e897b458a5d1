"""Where there is no local copy, one is downloaded; and where that is impossible, it is said how."""

import shutil
from pathlib import Path

import pytest

import covid19_images as c19
from covid19_images.download.copy import LocalCopyError
from tests.support import local_copy


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
    said = capfd.readouterr().err
    assert f"There is no copy of the collection in {tmp_path / 'here'}" in said.replace("\n", "")
    assert "to fetch." in said
    assert not list((tmp_path / "here/shards").glob("images-*"))  # only what 224 needs
    shutil.rmtree(published)
    again, _ = c19.load("xray", "train")
    assert (again == images).all()
    assert capfd.readouterr().err == ""


def test_offline_it_says_exactly_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COVID19_IMAGES_FROM", str(tmp_path / "unplugged"))
    with pytest.raises(LocalCopyError, match="covid19-images download") as told:
        c19.load("xray", "train", root=tmp_path / "here", version="2026.11.23")
    assert "root=DIR or $COVID19_IMAGES_DIR" in str(told.value)
    assert "--version 2026.11.23" in str(told.value)
    assert not (tmp_path / "here" / "index.json").exists()
