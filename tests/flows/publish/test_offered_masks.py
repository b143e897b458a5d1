"""A mask of a copy of a picture is offered to that picture, where the copy lies in it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from covid19_images.dataset.select import select
from covid19_images.dataset.selection import Selection
from covid19_images.download import picture_masks
from covid19_images.download.copy import LocalCopyError, open_copy
from covid19_images.download.download import download
from covid19_images.download.request import Request
from covid19_images.manifest import offered_mask
from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.offered_mask import OfferedMaskRow
from covid19_images.manifest.record import Record
from covid19_images.release.row import Row
from flows.collection.duplicates import Pair
from flows.publish import offered
from flows.publish.select import ReleasePlan
from tests.covid19_images.duplicates.pictures import tissue
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import encoded
from tests.support.releases import release
from tests.support.upstream import Upstream

TOML = (
    SIMPLE
    + """
[[masks]]
match = '^masks/(?P<name>.+)\\.png$'
of = "images/{name}.png"
shows = "lung"
by = "person"

[always]
modality = "X-ray"
"""
)
HEIGHT, WIDTH = 300, 260
ORIGINAL = "set/images/original.png"

Grey = NDArray[np.uint8]


def _outline() -> Grey:
    """Return a mask as a person would draw it on the original."""
    drawn = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(drawn, (100, 150), (40, 80), 10, 0, 360, 1, -1)
    return drawn


def _scaled(picture: Grey, *, smooth: bool = True) -> Grey:
    way = cv2.INTER_AREA if smooth else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(picture, (195, 225), interpolation=way), np.uint8)


def _cropped(picture: Grey) -> Grey:
    return picture[20:280, 30:245]


def _flipped(picture: Grey) -> Grey:
    return picture[:, ::-1]


def _file(picture: Grey) -> bytes:
    return encoded(Image.fromarray(np.ascontiguousarray(picture)))


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Selection:
    folder = tmp_path_factory.mktemp("offered")
    picture, mask = tissue(5, HEIGHT, WIDTH), _outline()
    upstream = Upstream(folder / "upstream.git")
    upstream.commit(
        {
            "images/original.png": _file(picture),
            "images/scaled.png": _file(_scaled(picture)),
            "masks/scaled.png": _file(_scaled(mask, smooth=False)),
            "images/cropped.png": _file(_cropped(picture)),
            "masks/cropped.png": _file(_cropped(mask)),
            "images/flipped.png": _file(_flipped(picture)),
            "masks/flipped.png": _file(_flipped(mask)),
            "images/other.png": _file(tissue(6, HEIGHT, WIDTH)),
            "masks/other.png": _file(mask),
        }
    )
    collection = Collection(folder / "collection")
    collection.source("set", TOML.replace("{url}", upstream.url))
    collection.night()
    collection.merge()
    assert release(collection, folder / "published").action == "published"
    download(folder / "copy", request=Request(origin=str(folder / "published"), pointers=False))
    return select("xray", root=folder / "copy", label="raw", unknown="keep", copies=True)


@pytest.mark.parametrize("way", ["scaled", "cropped", "flipped"])
def test_a_mask_of_a_copy_lies_on_the_original_as_if_it_were_drawn_there(
    chosen: Selection, way: str
) -> None:
    [one] = [
        one
        for one in chosen.offered_masks
        if one.picture == ORIGINAL and one.path == f"masks/{way}.png"
    ]
    assert one.of == f"set/images/{way}.png"
    assert one.decided_by == "verified"
    [picture] = [record for record in chosen.records if record.key == ORIGINAL]
    found = picture_masks.values(chosen.copy, picture, one)
    wanted = _outline()
    assert found is not None
    assert found.shape == wanted.shape
    assert 2 * (found & wanted).sum() / (found.sum() + wanted.sum()) > 0.97  # Dice


def test_offered_masks_are_not_among_the_pictures_own(chosen: Selection) -> None:
    own = {(row.picture, row.path) for row in chosen.masks}
    assert own == {
        (f"images/{name}.png", f"masks/{name}.png")
        for name in ("scaled", "cropped", "flipped", "other")
    }
    offered = {(one.picture, one.path) for one in chosen.offered_masks}
    assert all(path.removeprefix("masks/") not in picture for picture, path in offered)
    assert not any("other" in picture + path for picture, path in offered)


def test_masks_whose_files_a_copy_lacks_are_not_offered(chosen: Selection) -> None:
    index = chosen.copy.index
    files = tuple(file for file in index.files if file.name != "masks.tar")
    without = replace(chosen.copy, index=index.model_copy(update={"files": files}))
    assert chosen.offered_masks
    assert picture_masks.offered(without) == []


def test_a_table_that_is_broken_says_which(chosen: Selection) -> None:
    file = chosen.copy.folder / offered_mask.FILE
    text = file.read_text(encoding="utf-8")
    try:
        file.write_text(text.replace(",set,", ",../set,"), encoding="utf-8")
        with pytest.raises(LocalCopyError, match=r"offered_masks\.csv cannot be read"):
            picture_masks.offered(open_copy(chosen.copy.folder))
    finally:
        file.write_text(text, encoding="utf-8")


def _offered(pair: Pair, **picture: object) -> list[OfferedMaskRow]:
    """Return what is offered of the mask of b.png; features of neither are known."""
    b = Record(source="set", path="b.png", blob="b" * 40, status="active", width=8, height=6)
    records = (replace(b, path="a.png", blob="a" * 40, **picture), b)  # type: ignore[arg-type]
    mask = MaskRow(
        source="set", path="m.png", blob="c" * 40, picture="b.png", agreement="same_size"
    )
    rows = (
        Row(record=one, commit="d" * 40, added_in="2026.11.23", changed_in="2026.11.23")
        for one in records
    )
    release_plan = ReleasePlan(tuple(rows), {})
    return list(offered.rows(offered.found([pair], [mask], release_plan), {}))


def test_pictures_of_the_same_pixels_need_no_transform() -> None:
    [one] = _offered(Pair(a="set/a.png", b="set/b.png", kind="pixels", decided_by="pixels"))
    assert (one.picture, one.of, one.affine) == ("set/a.png", "set/b.png", "1 0 0 0 1 0")


@pytest.mark.parametrize(
    "pair",
    [
        Pair(a="set/a.png", b="set/b.png", kind="cropped", decided_by="person"),
        Pair(a="set/a.png", b="set/b.png", kind="undecided", transform="1 0 0 0 1 0"),
        Pair(a="set/a.png", b="set/b.png", kind="resized", transform="1 0 0 0 1 0"),
    ],
)
def test_where_nobody_knows_how_pictures_lie_in_each_other_nothing_is_offered(pair: Pair) -> None:
    assert _offered(pair) == []


@pytest.mark.parametrize("status", ["excluded", "held", "withdrawn", "quarantined"])
def test_nothing_is_offered_to_a_picture_that_is_not_in_use(status: str) -> None:
    pair = Pair(a="set/a.png", b="set/b.png", kind="bytes", decided_by="bytes")
    assert _offered(pair)
    assert not _offered(pair, status=status)
