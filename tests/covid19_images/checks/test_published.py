"""Features are fetched with the release, and computed where they cannot be had."""

import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from covid19_images.checks import features
from covid19_images.checks.features import features as features_of
from covid19_images.download.cache import cache_folder
from covid19_images.download.copy import LocalCopy, open_copy
from covid19_images.download.request import Request
from covid19_images.duplicates.features import Features, extract
from covid19_images.manifest.record import Record
from covid19_images.release.index import INDEX, Shard
from covid19_images.release.row import Row
from tests.covid19_images.download.copies import VERSION, record, tar, write_copy
from tests.support.local_copy import lungs
from tests.support.pictures import encoded

COUNT = 24
TAR = "features-00000.tar"
PICTURES = [lungs(seed, ill=False, size=(96, 80)) for seed in range(COUNT)]


@pytest.fixture
def copy(tmp_path: Path) -> LocalCopy:
    """A copy of a release that also holds features, which no copy has."""
    contents = [encoded(Image.fromarray(grey)) for grey in PICTURES]
    records = [
        record(f"{at}.png", content, modality="XR", split="test")
        for at, content in enumerate(contents)
    ]
    plain = {"commit": "c", "added_in": VERSION, "changed_in": VERSION}
    shard = "images-set-00000.tar"
    rows = [Row(record=r, shard=shard, member=f"{r.image_id}.png", **plain) for r in records]  # type: ignore[arg-type]
    members = {f"{r.image_id}.png": c for r, c in zip(records, contents, strict=True)}
    write_copy(tmp_path / "copy", rows, {shard: members})
    return publish(open_copy(tmp_path / "copy"), tmp_path / "releases", records)


def publish(copy: LocalCopy, releases: Path, records: list[Record]) -> LocalCopy:
    """Put features where the copy is from."""
    described = {
        f"{r.blob}.features": extract(grey).to_bytes()
        for r, grey in zip(records, PICTURES, strict=True)
    }
    content = tar(described)
    (releases / VERSION).mkdir(parents=True)
    (releases / VERSION / TAR).write_bytes(content)
    shard = Shard(
        name=TAR,
        layer="features",
        source="all",
        images=COUNT,
        size=len(content),
        sha256=sha256(content).hexdigest(),
        first_published=VERSION,
    )
    index = copy.index.model_copy(update={"shards": (*copy.index.shards, shard)})
    (copy.folder / INDEX).write_text(index.dumps())
    Request(origin=str(releases)).write(copy.folder)
    return open_copy(copy.folder)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the pictures whose features were computed."""
    counted: list[int] = []

    def count(grey) -> Features:  # type: ignore[no-untyped-def]
        counted.append(1)
        return extract(grey)

    monkeypatch.setattr(features, "extract", count)
    return counted


def test_they_are_fetched_once_and_are_what_would_be_computed(
    copy: LocalCopy, computed: list[int], tmp_path: Path
) -> None:
    found = features_of(copy, copy.records)
    assert computed == []
    own = {str(r.image_id): extract(PICTURES[int(Path(r.path).stem)]) for r in copy.records}
    assert {k: v.to_bytes() for k, v in found.items()} == {k: v.to_bytes() for k, v in own.items()}
    shutil.rmtree(tmp_path / "releases")
    assert features_of(copy, copy.records).keys() == found.keys()
    assert computed == []
    assert [f.name for f in cache_folder(copy.folder).iterdir()] == ["features.sqlite"]


def test_without_the_release_they_are_computed(
    copy: LocalCopy, computed: list[int], tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "releases")
    assert len(features_of(copy, copy.records)) == COUNT
    assert len(computed) == COUNT


def test_a_file_that_is_not_what_the_index_says_is_not_used(
    copy: LocalCopy, computed: list[int], tmp_path: Path
) -> None:
    file = tmp_path / "releases" / VERSION / TAR
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert len(features_of(copy, copy.records)) == COUNT
    assert len(computed) == COUNT


def test_for_a_few_pictures_nothing_is_fetched(copy: LocalCopy, computed: list[int]) -> None:
    assert len(features_of(copy, copy.records[:5])) == 5
    assert len(computed) == 5


def test_a_server_that_does_not_answer_is_asked_once_and_not_waited_for(
    copy: LocalCopy, computed: list[int]
) -> None:
    Request(origin="http://127.0.0.1:9").write(copy.folder)
    assert len(features_of(copy, copy.records)) == COUNT
    assert len(computed) == COUNT
