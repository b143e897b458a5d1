"""A release names the copies of volumes, and loaders leave them out."""

import hashlib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from covid19_images.dataset.select import select
from covid19_images.dataset.volumes import volumes as choose
from covid19_images.download import offered_masks, volumes
from covid19_images.download.copy import LocalCopy, open_copy
from covid19_images.download.download import download
from covid19_images.download.request import Request
from covid19_images.manifest import volume, volume_pair
from covid19_images.manifest.volume import VolumeRow
from covid19_images.manifest.volume_pair import VolumePairRow
from covid19_images.release.index import SmallFile
from flows.publish import ReleaseError, volume_copies
from flows.publish.select import Previous
from tests.flows.night.test_volume_copies import CUT, begin, outline
from tests.support import put_back
from tests.support.releases import release


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> LocalCopy:
    collection, _ = put_back.begun(tmp_path_factory, begin)
    folder = tmp_path_factory.mktemp("published")
    assert release(collection, folder).action == "published"
    changes = next(folder.rglob("CHANGES.md")).read_text(encoding="utf-8")
    assert "## Copies of volumes" in changes
    assert "\n- `set/images/crop.nii`: cropped from `set/" in changes
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


A = VolumeRow(source="set", volume="a", files=1, files_sha256="0" * 64)
PAIRS = [
    VolumePairRow(a="set/a", b="set/b", kind="cropped"),
    VolumePairRow(a="set/a", b="set/gone", kind="part"),
]


def _section(folder: Path, now: list[VolumePairRow], sha256: str | None = None) -> str:
    """Return what a release with volumes a and b says after one with both pairs."""
    before = volume_pair.dumps(PAIRS)
    (folder / "volumes.csv").write_text(volume.dumps([A, replace(A, volume="b")]))
    (folder / "volume_pairs.csv").write_text(volume_pair.dumps(now))
    digest = sha256 or hashlib.sha256(before.encode()).hexdigest()
    listed = [SmallFile(name="volume_pairs.csv", size=len(before), sha256=digest)]
    index: Any = SimpleNamespace(version="2026.11.16", files=listed)

    def fetch(_: str, __: str, to: Path) -> None:
        to.write_text(before)

    return volume_copies.section(folder, (), Previous(index), fetch)


def test_changes_name_pairs_that_are_none_any_more_but_nothing_that_was_taken_down(
    tmp_path: Path,
) -> None:
    text = _section(tmp_path, [])
    assert text.splitlines() == [
        "## Copies of volumes",
        "",
        "- No copies any more: `set/a`, `set/b`",
        "- With what is in it no more: 1 pair",
    ]
    assert _section(tmp_path, PAIRS) == ""
    assert sorted(file.name for file in tmp_path.iterdir()) == ["volume_pairs.csv", "volumes.csv"]


def test_a_table_that_is_not_what_its_index_says_stops_the_release(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"volume_pairs\.csv of 2026\.11\.16"):
        _section(tmp_path, [], sha256="0" * 64)
