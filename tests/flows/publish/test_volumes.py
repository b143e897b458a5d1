"""Volumes and masks of a release: tables by public names, masks as values, and nothing else."""

import datetime as dt
import gzip
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from covid19_images.download import volumes
from covid19_images.download.copy import LocalCopy, open_copy
from covid19_images.download.download import download
from covid19_images.download.request import Request
from covid19_images.download.verify import verify
from covid19_images.images.refused import Refused
from covid19_images.images.volumes.identity import volume_id
from covid19_images.manifest import mask as mask_table
from covid19_images.manifest import volume as volume_table
from covid19_images.release import index as index_of
from covid19_images.release import tar
from flows.publish.image import mask as masks
from flows.publish.image import privacy
from tests.covid19_images.images.volumes.series import nifti, voxels
from tests.flows.night import test_masks as night
from tests.support.collection import NOW, Collection
from tests.support.releases import release
from tests.support.upstream import Upstream

LATER = NOW + dt.timedelta(days=1)
TODAY = "2026.11.23"


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    folder = tmp_path_factory.mktemp("volumes")
    upstream = Upstream(folder / "upstream.git")
    named = {"images/Smith^John.nii": nifti(voxels(3, rows=7).T, night.AFFINE)}
    upstream.commit(dict(night.files()) | named)
    collection = Collection(folder / "collection")
    collection.source("set", night.TOML.format_map(night._Url(upstream.url)))
    collection.night()
    collection.merge()
    return collection


@pytest.fixture(scope="module")
def releases(collection: Collection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    assert release(collection, folder).action == "published"
    return folder


@pytest.fixture(scope="module")
def copied(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> LocalCopy:
    folder = tmp_path_factory.mktemp("copied")
    download(folder, request=Request(origin=str(releases), pointers=False))
    assert verify(folder).is_good
    return open_copy(folder)


def test_every_volume_comes_back_with_the_values_that_its_id_names(copied: LocalCopy) -> None:
    found = volumes.volumes(copied)
    assert len(found) == 4
    for one in found:
        values = volumes.values(copied, one)
        assert volume_id(values, one.affine) == one.row.volume_id


def test_a_name_that_may_identify_somebody_is_in_no_table(
    releases: Path, collection: Collection
) -> None:
    assert "Smith" in collection.file("datasets/volumes.csv", "main")
    text = (releases / TODAY / "volumes.csv").read_text()
    assert "Smith" not in text + (releases / TODAY / "slices.csv").read_text()
    rows = {row.volume for row in volume_table.loads(text)}
    assert sum(name.startswith("withheld/") for name in rows) == 1


def test_masks_are_shipped_by_their_blob_with_their_values(
    releases: Path, copied: LocalCopy
) -> None:
    rows = mask_table.loads((releases / TODAY / "masks.csv").read_text())
    assert [row.path for row in rows] == [
        "images/a_mask.png",
        "images/v_mask.nii",
        "images/w_mask.nii",
        "lungs.nii",
    ]
    names = tar.spans(releases / TODAY / "masks.tar")
    assert len(names) == 4
    values, affine = volumes.mask(copied, rows[1]) or (None, None)
    assert values is not None
    assert affine is not None
    np.testing.assert_array_equal(values, night.outline(values.shape))
    np.testing.assert_allclose(affine, night.AFFINE)


def test_what_is_the_same_is_not_released_again(collection: Collection, releases: Path) -> None:
    assert release(collection, releases, now=LATER).action == "nothing"


def test_a_volume_goes_with_any_of_its_pictures_and_so_do_its_masks(
    collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = collection.records("set", "main")["images/v.nii"]
    decisions = collection.folder / "config" / "decisions.toml"
    text = f"""[[exclude]]
image = "{row.image_id}"
reason = "privacy"
by = "a maintainer"
why = "asked"
date = 2026-11-23
"""
    before = decisions.read_text() if decisions.exists() else ""
    decisions.write_text(before + text)
    try:
        release(collection, tmp_path / "published")
    finally:
        decisions.write_text(before)
    folder = tmp_path / "published" / TODAY
    index = index_of.loads((folder / "index.json").read_bytes())
    assert [one.image_id for one in index.tombstones] == [row.image_id]
    assert "images/v.nii" not in (folder / "volumes.csv").read_text()
    assert "images/v_mask.nii" not in (folder / "masks.csv").read_text()
    assert len(tar.spans(folder / "masks.tar")) == 3


def test_of_a_mask_only_values_and_their_place_stay() -> None:
    drawn = night.outline((12, 12, 4))
    image = nib.Nifti1Image(drawn, night.AFFINE)  # type: ignore[no-untyped-call]
    image.header["descrip"] = b"John Smith"
    image.header["aux_file"] = b"smith.hdr"
    image.header.extensions.append(nib.nifti1.Nifti1Extension(6, b"John Smith"))  # type: ignore[no-untyped-call]
    plain = image.to_bytes()
    done = masks.process(plain)
    assert not isinstance(done, Refused)
    assert b"Smith" not in gzip.decompress(done)
    assert done == masks.process(gzip.compress(plain))
    name = f"mask-{'0' * 40}.nii.gz"
    assert not list(privacy.in_member(name, done))
    packed = gzip.compress(plain, mtime=0)
    assert list(privacy.in_member(name, packed))
    out = done[:10] + gzip.compress(plain, mtime=0)[10:]
    assert len(list(privacy.in_member(name, out))) >= 1


def test_a_mask_that_is_no_whole_numbers_is_not_shipped() -> None:
    content = nifti(np.full((3, 3, 2), 0.5, np.float32), night.AFFINE)
    assert isinstance(masks.process(content), Refused)
