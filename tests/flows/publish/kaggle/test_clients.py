"""What lies on Kaggle is read with `kagglehub`, and a person may push what we describe."""

from collections.abc import Iterator
from pathlib import Path

import kagglehub
import numpy as np
import pytest

import covid19_images as c19
from flows.publish.folder import FolderPublisher
from flows.publish.kaggle.metadata import FILE
from flows.publish.kaggle.target import KaggleTarget
from flows.publish.target import update
from tests.support import local_copy
from tests.support.kaggle import TOKEN, Kaggle, emulated
from tests.support.kaggle.clients import command_line, lead_to


@pytest.fixture
def kaggle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Kaggle]:
    with emulated() as there:
        lead_to(there.url, monkeypatch)
        monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
        monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "kagglehub"))
        yield there


def test_kagglehub_reads_a_release_and_the_library_opens_what_it_got(
    kaggle: Kaggle, tmp_path: Path
) -> None:
    made = local_copy.make(tmp_path / "made", count=4)
    releases = local_copy.publish(made, tmp_path / "releases")
    target = KaggleTarget("kaggle", kaggle.repository, lambda: TOKEN, kaggle.url, 0.0)
    updated = update(FolderPublisher(releases), tmp_path / "cache", lambda _: None, target)
    assert updated.state == "updated", updated.message
    got = kagglehub.dataset_download(kaggle.repository)
    assert sorted(path.name for path in Path(got).glob("images-*")) == [
        "images-journal-00000",
        "images-kinds-00000",
    ]
    images, targets = c19.load("xray", root=got)
    expected, classes = c19.load("xray", root=made.folder)
    assert np.array_equal(images, expected)
    assert np.array_equal(targets, classes)
    one = kagglehub.dataset_download(f"{kaggle.repository}/versions/1", path="index.json")
    assert Path(one).read_bytes() == (releases / made.version / "index.json").read_bytes()


def test_a_person_pushes_the_folder_of_a_release_with_kaggles_command_line(
    kaggle: Kaggle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = local_copy.make(tmp_path / "made", count=4)
    releases = local_copy.publish(made, tmp_path / "releases")
    target = KaggleTarget("kaggle", kaggle.repository, lambda: TOKEN, kaggle.url, 0.0)
    cache = tmp_path / "cache"
    update(FolderPublisher(releases), cache, lambda _: None, target)
    folder = cache / "release" / made.version
    assert (folder / FILE).is_file()
    kaggle.versions.clear()
    api = command_line(monkeypatch, tmp_path)
    answer = api.dataset_create_new(str(folder), quiet=True)
    assert (answer.status, answer.error) == ("ok", "")
    assert kaggle.about["title"] == "COVID-19 chest images, free of copies"
    assert "index.json" in kaggle.there[0].files
