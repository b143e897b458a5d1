"""Volumes and masks of a release: tables by public names, masks as values, and nothing else."""

import datetime as dt
import gzip
import hashlib
import json
import pickle
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from typer.testing import CliRunner

import covid19_images as c19
from covid19_images.cli.app import app
from covid19_images.dataset import arguments
from covid19_images.dataset.arguments import SelectionError
from covid19_images.dataset.organize.volumes import organize_volumes
from covid19_images.dataset.select import select
from covid19_images.dataset.selection import Selection
from covid19_images.dataset.volume_options import select_volumes
from covid19_images.dataset.volumes import volumes as choose
from covid19_images.download import volumes
from covid19_images.download.copy import LocalCopy, LocalCopyError, open_copy
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
from tests.support.server import serving
from tests.support.services import unpack
from tests.support.upstream import Upstream, git

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
    assert len(found) == 5
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


def test_a_copy_without_its_masks_says_what_to_run(copied: LocalCopy, tmp_path: Path) -> None:
    with pytest.raises(LocalCopyError, match="covid19-images verify"):
        volumes.mask(replace(copied, folder=tmp_path), volumes.masks(copied)[0])


def test_a_volume_whose_mask_is_not_shipped_is_left_out_and_never_given_an_empty_one(
    copied: LocalCopy, tmp_path: Path
) -> None:
    index = copied.index
    files = tuple(file for file in index.files if file.name != "masks.tar")
    without = replace(copied, index=index.model_copy(update={"files": files}))
    assert all(not volume.masks for volume in volumes.volumes(without))
    with pytest.raises(SelectionError, match="without a mask of lung"):
        choose(replace(_selected(copied), copy=without), masks="lung")
    with pytest.raises(LocalCopyError, match="covid19-images verify"):
        volumes.volumes(_without_folder(copied, tmp_path))


def _without_folder(copied: LocalCopy, folder: Path) -> LocalCopy:
    """Return a copy that has the tables, and lost its masks."""
    for name in ("volumes.csv", "slices.csv", "masks.csv"):
        (folder / name).write_bytes((copied.folder / name).read_bytes())
    return replace(copied, folder=folder)


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


def test_volumes_are_chosen_with_the_masks_that_lie_on_them(copied: LocalCopy) -> None:
    found = choose(_selected(copied), masks=["ground glass", "lung"])
    assert [row.path for row in _selected(copied, ["set/images/a.png"]).masks] == [
        "images/a_mask.png"
    ]
    by_key = {found[at].key: found[at] for at in range(len(found))}
    shown = by_key["set/images/v.nii"]
    assert shown.mask.shape == (2, *shown.image.shape)
    np.testing.assert_array_equal(shown.mask[0], night.outline(shown.image.shape) == 1)
    assert not shown.mask[1].any()
    series = next(item for key, item in by_key.items() if "nii" not in key)
    assert nib.aff2axcodes(series.affine) == ("R", "A", "S")  # type: ignore[no-untyped-call]
    assert series.mask[1].sum() == (night.outline(series.image.shape) > 0).sum()


def test_hounsfield_units_are_exact_and_a_window_leads_to_0_and_1(copied: LocalCopy) -> None:
    [series] = [v for v in volumes.volumes(copied) if v.masks and v.row.units == "HU"]
    own = _selected(copied, [record.key for record in series.records])
    whole, shown = choose(own)[0], choose(own, window="lung")[0]
    assert volume_id(whole.image, whole.affine) == series.row.volume_id
    np.testing.assert_allclose(shown.image, np.clip((whole.image + 1350) / 1500, 0, 1), atol=1e-6)


def test_another_spacing_keeps_the_place_and_the_outline(copied: LocalCopy) -> None:
    own = _selected(copied, ["set/images/v.nii"])
    item = choose(own, masks="ground glass", spacing_mm=(1.4, 1.4, 1))[0]
    size = choose(own)[0].image.shape
    assert item.image.shape == (round(size[0] / 2), round(size[1] / 2), size[2] * 2)
    np.testing.assert_allclose(np.linalg.norm(item.affine[:3, :3], axis=0), (1.4, 1.4, 1))
    middle = [(np.array(one) - 1) / 2 for one in (item.image.shape, size)]
    np.testing.assert_allclose(
        nib.affines.apply_affine(item.affine, middle[0]),  # type: ignore[no-untyped-call]
        nib.affines.apply_affine(night.AFFINE, middle[1]),  # type: ignore[no-untyped-call]
    )
    assert item.mask.any()


def test_a_patch_is_drawn_by_seed_and_lies_where_it_lay(copied: LocalCopy) -> None:
    chosen = choose(_selected(copied, ["set/images/v.nii"]), masks="ground glass", patch=(3, 3, 9))
    whole = choose(_selected(copied, ["set/images/v.nii"]), masks="ground glass")[0]
    first, again, other = chosen[0], chosen[0], chosen.item(0, draw=(1,))
    np.testing.assert_array_equal(first.image, again.image)
    assert first.image.shape == (3, 3, 9) == first.mask.shape[1:]
    assert not np.array_equal(first.image, other.image)
    inside = whole.image.shape[2] // 2  # the volume is thinner than the patch: its edge goes on
    at = np.array([1, 1, (9 - whole.image.shape[2]) // 2 + inside])
    place = nib.affines.apply_affine(np.linalg.inv(whole.affine) @ first.affine, at)  # type: ignore[no-untyped-call]
    assert first.image[tuple(at)] == whole.image[tuple(np.rint(place).astype(int))]
    assert first.mask[(0, *at)] == whole.mask[(0, *np.rint(place).astype(int))]


@pytest.mark.parametrize("options", [{}, {"spacing_mm": (1.4, 1.6, 1.0)}, {"window": "lung"}])
def test_a_slice_comes_with_its_neighbours_as_channels_and_its_own_mask(
    copied: LocalCopy, options: dict[str, Any]
) -> None:
    [series] = [v for v in volumes.volumes(copied) if v.masks and v.row.units == "HU"]
    own = _selected(copied, [record.key for record in series.records])
    whole = choose(own, masks="lung", **options)[0]
    slices = choose(own, masks="lung", neighbours=1, **options)
    count = whole.image.shape[2]
    assert len(slices) == count == len(slices.targets)
    for at in range(count):
        item = slices[at]
        assert item.image.shape == (3, *whole.image.shape[:2])
        for channel, there in enumerate((max(at - 1, 0), at, min(at + 1, count - 1))):
            np.testing.assert_array_equal(item.image[channel], whole.image[:, :, there])
        np.testing.assert_array_equal(item.mask, whole.mask[..., at])
        place = nib.affines.apply_affine(whole.affine, [0, 0, at])  # type: ignore[no-untyped-call]
        np.testing.assert_allclose(item.affine[:3, 3], place)
        assert item.key == f"{whole.key}/{at + 1}"


def test_a_patch_and_a_slice_read_only_the_slices_that_they_need(
    copied: LocalCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    plane = volumes._plane

    def counted(content: bytes, facts: dict[str, Any], name: str) -> Any:
        read.append(name)
        return plane(content, facts, name)

    monkeypatch.setattr(volumes, "_plane", counted)
    for wanted in ("images/v.nii", "images/w.nii"):
        own = _selected(copied, [f"set/{wanted}"])
        whole = choose(own)[0]
        assert whole.image.shape[2] == 4
        read.clear()
        patch = choose(own, patch=(3, 3, 2))[0]
        assert len(read) == 2
        at = np.linalg.inv(whole.affine) @ patch.affine @ [0, 0, 0, 1]
        x, y, z = (int(n) for n in np.rint(at[:3]))
        np.testing.assert_array_equal(patch.image, whole.image[x : x + 3, y : y + 3, z : z + 2])
        read.clear()
        np.testing.assert_array_equal(choose(own, neighbours=0)[2].image[0], whole.image[:, :, 2])
        assert len(read) == 1


def test_wrong_words_of_volumes_name_the_choices(copied: LocalCopy) -> None:
    own = _selected(copied)
    for options, words in (
        ({"masks": "lungs"}, "there are consolidation, ground glass, lung"),
        ({"window": "lungs"}, "there are lung, mediastinum, bone"),
        ({"spacing_mm": (1, 1)}, "three lengths"),
        ({"spacing_mm": "1.5"}, "three lengths"),
        ({"patch": (4, 4)}, "three numbers of voxels"),
        ({"patch": (4, 4, 0)}, "three numbers of voxels"),
        ({"window": (0, -1)}, "centre and width"),
        ({"neighbours": -1}, "number of slices"),
        ({"neighbours": 1, "patch": (4, 4, 4)}, "Name one"),
        ({"window": "lung"}, "does not say that its values are Hounsfield units"),
        ({"masks": "heart"}, "there are consolidation"),
    ):
        with pytest.raises(SelectionError, match=words):
            choose(own, **options)  # type: ignore[arg-type]
    with pytest.raises(SelectionError, match="ask for volumes=True"):
        arguments.of_volumes_only(window="lung")


def _selected(copied: LocalCopy, keys: Sequence[str] = ()) -> Selection:
    found = select("ct", root=copied.folder, label="raw", unknown="keep", copies=True)
    records = tuple(r for r in found.records if not keys or r.key in keys)
    return replace(found, records=records)


@pytest.mark.parametrize("layout", ["monai", "torchio", "nnunet"])
def test_organised_volumes_are_read_back_with_their_labels(
    copied: LocalCopy, tmp_path: Path, layout: str
) -> None:
    chosen = choose(_selected(copied, ["set/images/v.nii"]), masks=["ground glass", "lung"])
    organize_volumes(chosen, tmp_path, layout)
    [label] = (
        tmp_path.glob("**/label*.nii.gz") if layout == "torchio" else tmp_path.glob("labels*/*")
    )
    images = [file for file in tmp_path.rglob("*.nii.gz") if file != label]
    assert len(images) == 1
    image = nib.load(images[0])  # type: ignore[no-untyped-call]
    np.testing.assert_array_equal(image.get_fdata(), chosen[0].image)
    np.testing.assert_allclose(image.affine, night.AFFINE, rtol=1e-6)
    drawn = night.outline(chosen[0].image.shape) == 1
    np.testing.assert_array_equal(nib.load(label).get_fdata(), drawn)  # type: ignore[no-untyped-call]
    facts = json.loads((tmp_path / "dataset.json").read_text())
    is_nnunet = layout == "nnunet"
    assert facts["labels"]["ground glass" if is_nnunet else "1"] == (
        1 if is_nnunet else "ground glass"
    )
    assert "set" in (tmp_path / "README.md").read_text()


def test_a_layout_of_volumes_needs_masks_and_a_name_that_exists(
    copied: LocalCopy, tmp_path: Path
) -> None:
    chosen = choose(_selected(copied))
    with pytest.raises(SelectionError, match="name masks"):
        organize_volumes(chosen, tmp_path, "monai")
    with pytest.raises(SelectionError, match="there are monai, torchio, nnunet"):
        organize_volumes(chosen, tmp_path, "nnu")
    assert not list(tmp_path.iterdir())


def test_streamed_volumes_and_masks_are_those_of_a_copy_and_only_they_are_read(
    releases: Path, copied: LocalCopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COVID19_IMAGES_CACHE", str(tmp_path))
    asked = {"label": "raw", "unknown": "keep", "copies": True}
    with serving(releases) as site:
        (site.json)["/latest.txt"] = f"{TODAY}\n".encode()
        monkeypatch.setenv("COVID19_IMAGES_FROM", site.url)
        here = select_volumes(root=copied.folder, **asked)
        streamed = select_volumes(stream=True, **asked)
        assert [one.name for one in streamed.volumes] == [one.name for one in here.volumes]
        assert not any(name.endswith(".tar") for name in site.sent)
        remote = streamed.chosen.copy.remote  # type: ignore[attr-defined]
        for at in range(len(here)):
            before = sum(size for name, size in site.sent.items() if name.endswith(".tar"))
            known = set(remote._memory)
            assert np.array_equal(streamed[at].image, here[at].image)
            read = sum(size for name, size in site.sent.items() if name.endswith(".tar")) - before
            used = sum(remote.spans[name].size for name in set(remote._memory) - known)
            assert read <= 1.1 * used  # less, where slices share what is said beside them
        with_masks = select_volumes(root=copied.folder, masks="lung", **asked)
        streamed = select_volumes(stream=True, masks="lung", **asked)
        assert len(streamed) == len(with_masks) > 0
        for at in range(len(streamed)):
            assert np.array_equal(streamed[at].mask, with_masks[at].mask)
        again = pickle.loads(pickle.dumps(streamed))
        before = site.sent.total()
        assert np.array_equal(again[0].image, streamed[0].image)
        assert sum(site.sent.values()) - before < 20_000  # what was read is kept on this disk


def test_squares_that_are_streamed_have_no_values(
    releases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COVID19_IMAGES_CACHE", str(tmp_path))
    monkeypatch.setenv("COVID19_IMAGES_FROM", str(releases))
    chosen = select("ct", stream=True, label="raw", unknown="keep")
    with pytest.raises(SelectionError, match=r"Squares of 224 pixels are streamed.*say size=None"):
        _ = chosen.volumes


def test_every_slice_and_mask_leads_to_the_blob_that_its_upstream_has(
    collection: Collection, copied: LocalCopy
) -> None:
    upstream = collection.folder.parent / "upstream.git"
    tree = git(upstream, "ls-tree", "-r", "HEAD").splitlines()
    blobs = {line.split()[2] for line in tree}
    found = volumes.volumes(copied)
    for one in found:
        traced = c19.provenance(one, root=copied.folder)
        assert len(traced.slices) == one.row.slices
        for each in traced.slices:
            content = tar.read(copied.folder / "shards" / str(each.shard), str(each.member)) or b""
            assert each.member_sha256 == hashlib.sha256(content).hexdigest()
            assert each.blob in blobs
        assert len({each.member for each in traced.slices}) == len(traced.slices)
        assert [mask.blob for mask in traced.masks] == [row.blob for row in one.masks]
        assert c19.provenance(str(one.row.volume_id), root=copied.folder) == traced
    row = next(mask for one in found for mask in one.masks)
    mask = c19.provenance(row, root=copied.folder)
    content = tar.read(copied.folder / "masks.tar", str(mask.member)) or b""
    assert mask.member_sha256 == hashlib.sha256(content).hexdigest()
    assert mask.blob in blobs
    named = [mask.mask, "--root", str(copied.folder), "--json"]
    shown = CliRunner().invoke(app, ["provenance", *named])
    assert json.loads(shown.stdout)["member"] == mask.member, shown.output
    name = str(found[0].row.volume_id)
    words = CliRunner().invoke(app, ["provenance", name, "--root", str(copied.folder)])
    assert [line.split()[0] for line in words.stdout.splitlines()][:3] == [
        "volume",
        "release",
        "upstream",
    ]


def test_the_command_line_organises_volumes(copied: LocalCopy, tmp_path: Path) -> None:
    at = ["organize", str(tmp_path / "out"), "--root", str(copied.folder), "--modality", "ct"]
    done = _run(*at, "--for", "nnunet", "--mask", "lung", "--mask", "ground glass")
    assert done.exit_code == 0, done.output
    facts = json.loads((tmp_path / "out" / "dataset.json").read_text())
    assert facts["labels"] == {"background": 0, "lung": 1, "ground glass": 2}
    files = {f for f in (tmp_path / "out").rglob("*.nii.gz") if f.parent.name.startswith("images")}
    assert len(files) == 3
    before = {file: file.stat().st_mtime_ns for file in files}
    assert _run(*at, "--for", "nnunet", "--mask", "lung", "--mask", "ground glass").exit_code == 0
    assert {file: file.stat().st_mtime_ns for file in files} == before
    other = _run(*at, "--for", "nnunet", "--mask", "lung")
    assert (other.exit_code, "another choice" in other.output) == (2, True)
    for more, words in (
        (("--for", "monai"), "name one, as --mask lung"),
        (("--mask", "lung"), "ask for --for monai, torchio, nnunet with it"),
        (("--for", "monai", "--mask", "lungs"), "there are consolidation"),
    ):
        wrong = _run("organize", str(tmp_path / "new"), *at[2:], *more)
        assert (wrong.exit_code, words in wrong.output) == (2, True), wrong.output
    assert not (tmp_path / "new").exists()


def _run(*words: str) -> Any:
    return CliRunner().invoke(app, words)


def test_masks_are_read_where_a_service_unpacked_their_tar(
    releases: Path, copied: LocalCopy, tmp_path: Path
) -> None:
    there = tmp_path / TODAY
    shutil.copytree(releases / TODAY, there)
    unpack(there)
    assert not (there / "masks.tar").exists()
    mounted = open_copy(there)
    assert mounted.mask_names() == copied.mask_names()
    for row in volumes.masks(copied):
        here, elsewhere = volumes.mask(copied, row), volumes.mask(mounted, row)
        assert here is not None
        assert elsewhere is not None
        np.testing.assert_array_equal(here[0], elsewhere[0])


def test_who_has_no_copy_and_asks_for_volumes_gets_their_values(
    releases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COVID19_IMAGES_FROM", str(releases))
    found = select_volumes("ct", root=tmp_path / "new", label="findings", unknown="keep")
    assert found.item(0).image.size
