"""Local copies: what they give of an image, from wherever they have it."""

import io
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from covid19_images.download.copy import LocalCopy, LocalCopyError, open_copy
from covid19_images.download.places import default_folder
from covid19_images.images import decode
from covid19_images.images.resize import sized
from covid19_images.release.row import Row
from tests.covid19_images.download.copies import VERSION, record, tar, write_copy
from tests.support.pictures import encoded, picture, png

SHIPPED, POINTER, FAR = png(1), png(2), png(3)
SQUARE = encoded(Image.fromarray(np.full((224, 224), 9, np.uint8)))


def _rows() -> list[Row]:
    first = record("images/1.png", SHIPPED)
    kept = {"commit": "c", "added_in": VERSION, "changed_in": VERSION}
    shard = {"shard": "images-set-00000.tar", "redistributable": True}
    member = f"{first.image_id}.png"
    other = record("images/2.png", POINTER, licence="NOASSERTION")
    far = record("images/3.png", FAR)
    return [
        Row(record=first, member=member, **shard, **kept),  # type: ignore[arg-type]
        Row(record=other, pointer_url="https://example.org/2.png", **kept),
        Row(record=far, member="x.png", shard="images-set-00001.tar", **kept),
    ]


@pytest.fixture
def copy(tmp_path: Path) -> LocalCopy:
    found = _rows()
    member = found[0].member or ""
    shards = {
        "images-set-00000.tar": {member: SHIPPED},
        "sized224-set-00000.tar": {member: SQUARE},
    }
    write_copy(tmp_path / "copy", found, shards)
    digest = found[1].record.sha256 or ""
    held = tmp_path / "copy" / "pointers" / digest[:2] / digest
    held.parent.mkdir(parents=True)
    held.write_bytes(POINTER)
    return open_copy(tmp_path / "copy")


def test_a_copy_knows_its_version_and_all_rows(copy: LocalCopy) -> None:
    assert copy.version == VERSION
    assert [r.path for r in copy.records] == ["images/1.png", "images/2.png", "images/3.png"]
    assert [copy.holds(r) for r in copy.records] == [True, True, False]


def test_files_come_as_they_are(copy: LocalCopy) -> None:
    first, pointer, far = copy.records
    assert copy.encoded(first) == SHIPPED
    assert copy.encoded(pointer) == POINTER
    assert copy.encoded(far) is None


def test_squares_come_from_their_shard_and_are_made_where_there_is_none(copy: LocalCopy) -> None:
    first, pointer, far = copy.records
    grey = np.asarray(picture(2).convert("L"))
    assert copy.encoded(first, size=224) == SQUARE
    assert (copy.array(first, size=224) == 9).all()
    assert (copy.array(first, size=96) == sized(np.asarray(picture(1)), 96)).all()
    assert (copy.array(pointer, size=224) == sized(grey, 224)).all()
    made = copy.encoded(pointer, size=224)
    assert made is not None
    assert (np.asarray(Image.open(io.BytesIO(made))) == sized(grey, 224)).all()
    assert copy.encoded(far, size=224) is None


def test_grey_levels_are_those_of_the_one_border(copy: LocalCopy) -> None:
    read = decode.read(SHIPPED)
    assert isinstance(read, decode.Picture)
    assert (copy.array(copy.records[0]) == read.grey()).all()


def test_an_image_that_is_not_here_is_said_with_what_to_do(copy: LocalCopy) -> None:
    with pytest.raises(LocalCopyError, match=r"images-set-00001\.tar, which this copy does not"):
        copy.array(copy.records[2])


def test_a_copy_travels_to_other_processes(copy: LocalCopy) -> None:
    again = pickle.loads(pickle.dumps(copy))
    assert (again.array(again.records[0]) == copy.array(copy.records[0])).all()


def test_slices_of_a_volume_are_asked_for_by_number(tmp_path: Path) -> None:
    slices = [png(seed) for seed in range(3)]
    volume = record("v.nii", png(7), frames=3)
    members = {f"{volume.image_id}-{k:04d}.png": content for k, content in enumerate(slices)}
    row = Row(
        record=volume,
        commit="c",
        added_in=VERSION,
        changed_in=VERSION,
        shard="images-set-00000.tar",
        member=f"{volume.image_id}-0001.png",
    )
    write_copy(tmp_path / "copy", [row], {"images-set-00000.tar": members})
    copy = open_copy(tmp_path / "copy")
    assert copy.encoded(volume) == slices[1]
    assert [copy.encoded(volume, frame=k) for k in range(3)] == slices
    assert (copy.array(volume, frame=2) == np.asarray(picture(2))).all()
    with pytest.raises(IndexError, match="no frame 3"):
        copy.encoded(volume, frame=3)


def test_a_folder_without_a_copy_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LocalCopyError, match="Run `covid19-images download"):
        open_copy(tmp_path)


def test_a_torn_shard_is_said_and_not_read_as_absent(copy: LocalCopy) -> None:
    shard = copy.folder / "shards" / "images-set-00000.tar"
    shard.write_bytes(shard.read_bytes()[:700])
    with pytest.raises(LocalCopyError, match="verify"):
        copy.encoded(copy.records[0])


def test_names_inside_a_hostile_shard_lead_nowhere(copy: LocalCopy, tmp_path: Path) -> None:
    shard = copy.folder / "shards" / "images-set-00000.tar"
    shard.write_bytes(tar({"../../escaped.png": SHIPPED}))
    with pytest.raises(LocalCopyError, match="has a member called"):
        copy.encoded(copy.records[0])
    assert not (tmp_path / "escaped.png").exists()


def test_the_default_folder_can_be_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COVID19_IMAGES_DIR", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv("COVID19_IMAGES_DIR")
    assert default_folder().name == "covid19-images"
