"""Masks are listed beside the pictures and volumes that they belong to, and are no pictures."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from covid19_images.images.formats.picture import STANDARD
from covid19_images.manifest import mask
from covid19_images.manifest.mask import MaskRow
from flows.decoding.masks import mask_batch
from flows.night import masks as stage
from tests.covid19_images.images.formats.files import encode_deep
from tests.covid19_images.images.volumes.series import nifti, series, voxels
from tests.support.collection import SIMPLE, Collection, imported
from tests.support.pictures import png
from tests.support.upstream import Upstream, git

AFFINE = np.diag([0.7, 0.7, 2, 1])
LOCALIZER = ["ORIGINAL", "PRIMARY", "LOCALIZER"]  # beside a series: nobody outlines it
OTHER = np.diag([1.4, 1.4, 2, 1])
TOML = (
    SIMPLE.replace('images = ["/images/"]', 'images = ["/images/", "/series/"]')
    + """
[always]
modality = "CT"

[[masks]]
match = '^images/(?P<name>.+)_mask\\.(?P<end>png|nii)$'
of = "images/{name}.{end}"
shows = { 1 = "ground glass", 2 = "consolidation" }
by = "person"

[[masks]]
match = '^lungs\\.nii$'
of = "series/"
shows = "lung"
by = "model"
"""
)


def outline(shape: tuple[int, ...]) -> np.ndarray:  # type: ignore[type-arg]
    drawn = np.zeros(shape, np.uint8)
    drawn[1:3, 1:3] = 1
    drawn[3:5, 1:3] = 2
    return drawn


def files() -> Mapping[str, bytes]:
    slices = series(voxels(4), [0, 2, 4, 6])
    values = voxels(4).T
    straight = np.array([[-0.7, 0, 0, 100], [0, -0.8, 0, 80], [0, 0, 2, -300], [0, 0, 0, 1]])
    return {
        "images/a.png": png(1),
        "images/a_mask.png": encode_deep(outline((8, 8)), ".png"),
        "images/gone_mask.png": encode_deep(outline((8, 8)), ".png"),
        "images/v.nii": nifti(values, AFFINE),
        "images/v_mask.nii": nifti(outline(values.shape), AFFINE),
        "images/w.nii": nifti(values[:, :, ::-1], AFFINE),
        "images/w_mask.nii": nifti(outline((9, 8, 4)), OTHER),
        "lungs.nii": nifti(outline(values.shape), straight),
        "series/overview": series(voxels(1), [0], ImageType=LOCALIZER, SeriesNumber=1)[0][1],
    } | {f"series/{name}": content for name, content in slices}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    folder = tmp_path_factory.mktemp("masks")
    upstream = Upstream(folder / "upstream.git")
    upstream.commit(files())
    collection = Collection(folder / "collection")
    collection.source("set", TOML.format_map(_Url(upstream.url)))
    collection.night()
    collection.merge()
    return collection


class _Url(dict[str, str]):
    """Fill in the address and leave other braces as they are."""

    def __init__(self, url: str) -> None:
        super().__init__(url=url)

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def listed(collection: Collection, ref: str = "main") -> dict[str, MaskRow]:
    rows = mask.loads(collection.file("datasets/masks.csv", ref))
    return {row.path: row for row in rows}


def test_masks_are_no_pictures_and_are_compared_with_none(begun: Collection) -> None:
    assert sorted(path for path in begun.records("set", "main") if "series" not in path) == [
        "images/a.png",
        "images/v.nii",
        "images/w.nii",
    ]
    assert not git(begun.folder, "ls-tree", "main", "datasets/duplicates.csv")
    assert "unlisted_file" not in begun.file("datasets/problems.csv", "main")


def test_each_belongs_to_its_picture_or_volume_with_its_geometry(begun: Collection) -> None:
    found = listed(begun)
    series_id = begun.records("set", "main")["series/IM000"].series_id
    assert {path: (row.picture, row.volume, row.agreement) for path, row in found.items()} == {
        "images/a_mask.png": ("images/a.png", None, "other_size"),
        "images/gone_mask.png": (None, None, "missing"),
        "images/v_mask.nii": (None, "images/v.nii", "same_grid"),
        "images/w_mask.nii": (None, "images/w.nii", "affine"),
        "lungs.nii": (None, series_id, "same_grid"),
    }


def test_what_they_show_and_who_made_them_is_as_configured(begun: Collection) -> None:
    found = listed(begun)
    outlined = found["images/v_mask.nii"]
    assert outlined.shows == ("1=ground glass", "2=consolidation")
    assert (outlined.values, outlined.made_by) == (("1", "2"), "person")
    assert (found["lungs.nii"].shows, found["lungs.nii"].made_by) == (("*=lung",), "model")


def test_one_that_belongs_to_nothing_is_a_problem(begun: Collection) -> None:
    problems = begun.file("datasets/problems.csv", "main")
    [line] = [line for line in problems.splitlines() if "mask_without_picture" in line]
    assert line.startswith("set,images/gone_mask.png,")
    assert "what it belongs to is not among the images" in line


def test_a_quiet_night_reads_none_and_a_mask_that_is_known_is_not_read_again(
    begun: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "mask_batch", lambda *_: pytest.fail("a mask is read again"))
    assert begun.night().proposal is None
    before = listed(begun)
    toml = begun.folder / "config/sources/set.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace('by = "model"', 'by = "person"'), encoding="utf-8")
    begun.night()
    after = listed(begun, "sync/datasets")
    assert after["lungs.nii"].made_by == "person"
    assert after["lungs.nii"].values == before["lungs.nii"].values
    toml.write_text(text, encoding="utf-8")


def test_a_pointer_and_a_broken_file_are_listed_as_what_they_are(tmp_path: Path) -> None:
    upstream = Upstream(tmp_path / "upstream.git")
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 7\n" % (b"0" * 64)
    blobs = [upstream.blob(content) for content in (pointer, b"no picture", png(1))]

    found = mask_batch(blobs, upstream.folder, STANDARD)
    assert [type(found[blob]).__name__ for blob in blobs] == ["LfsPointer", "Refused", "MaskFile"]


def test_the_real_mask_of_the_pointers_is_listed(bundles: Path, tmp_path: Path) -> None:
    collection = imported(bundles, "medseg", "medseg_ct_dataset", tmp_path)
    [row] = listed(collection, "sync/datasets").values()
    assert (row.status, row.volume, row.agreement) == ("pointer", "dataset/tr_im.nii", "unknown")
    assert row.made_by == "person"
