"""A release names the copies of volumes, and loaders leave them out."""

import numpy as np
import pytest

from covid19_images.dataset.select import select
from covid19_images.dataset.volumes import volumes as choose
from covid19_images.download import offered_masks, volumes
from covid19_images.download.copy import LocalCopy, open_copy
from covid19_images.download.download import download
from covid19_images.download.request import Request
from tests.flows.night.test_volume_copies import CUT, begin, outline
from tests.support import put_back
from tests.support.releases import release


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> LocalCopy:
    collection, _ = put_back.begun(tmp_path_factory, begin)
    folder = tmp_path_factory.mktemp("published")
    assert release(collection, folder).action == "published"
    card = next(folder.rglob("card.md")).read_text(encoding="utf-8")
    assert "Copies of other volumes: 1 (pairs: 1 cropped)." in card
    assert "Pictures that are slices of volumes: 1." in card
    copy = tmp_path_factory.mktemp("copied")
    download(copy, request=Request(origin=str(folder), pointers=False))
    return open_copy(copy)


def test_a_release_names_pairs_of_volumes(copied: LocalCopy) -> None:
    assert sorted(pair.kind for pair in volumes.pairs(copied)) == ["cropped", "slice", "slice"]
    copies = {one.name: one.copy_of for one in volumes.volumes(copied) if one.copy_of}
    assert list(copies) == ["set/images/crop.nii"]


def test_a_volume_that_is_a_copy_is_left_out_unless_copies_are_asked_for(
    copied: LocalCopy,
) -> None:
    asked = {"root": copied.folder, "label": "raw", "unknown": "keep"}
    every = select("ct", copies=True, **asked)  # type: ignore[arg-type]
    kept = select("ct", **asked)  # type: ignore[arg-type]
    assert len(choose(every)) == 3
    assert len(choose(kept)) == 2
    assert choose(kept).left_out["copies of others"] == 1


def test_a_mask_of_a_copy_is_offered_where_the_copy_lies_and_not_among_the_volumes_own(
    copied: LocalCopy,
) -> None:
    there = {one.name: one for one in volumes.volumes(copied)}
    [whole] = [one for one in there.values() if one.row.media_type == "application/dicom"]
    [one] = offered_masks.offered_masks(copied, whole)
    assert (one.of, one.row.classes) == ("set/images/crop.nii", {"lung"})
    assert not whole.masks
    found = offered_masks.values(copied, whole, one)
    assert found is not None
    wanted = np.zeros(whole.size, np.uint8)
    crop = there["set/images/crop.nii"]
    wanted[CUT:-CUT, CUT:-CUT] = outline(crop.size)
    assert found.shape == wanted.shape
    assert 2 * (found & wanted).sum() / (found.sum() + wanted.sum()) > 0.97  # Dice
    assert offered_masks.offered_masks(copied, there["set/images/phase.nii"]) == []
