"""Pictures belong together where they are one slice of two volumes that are copies."""

import pytest

from covid19_images.manifest.volume import SliceRow, VolumeRow
from covid19_images.manifest.volume_pair import VolumePairRow
from flows.collection.volume_links import linked
from flows.collection.volumes import Volumes

COUNT = 4
ROWS = tuple(
    VolumeRow(
        source="set", volume=name, files=COUNT, files_sha256="0" * 64, columns=9, rows=9, slices=n
    )
    for name, n in (("a", COUNT), ("b", 2), ("c.nii", COUNT))
)
SLICES = (
    *(SliceRow(source="set", path=f"a{n}", volume="a", slice=n) for n in range(1, COUNT + 1)),
    *(SliceRow(source="set", path=f"b{n}", volume="b", slice=n) for n in (1, 2)),
    SliceRow(source="set", path="c.nii", volume="c.nii"),
)


def links(**pair: str) -> list[tuple[str, str]]:
    row = VolumePairRow(kind="part", **pair)  # type: ignore[arg-type]
    found = linked(Volumes(ROWS, SLICES, pairs=(row,)))
    return [(one.a.removeprefix("set/"), one.b.removeprefix("set/")) for one in found]


def test_slices_of_a_part_belong_to_those_they_are() -> None:
    third_is_first = "1 0 0 0 0 1 0 0 0 0 1 -2"
    assert links(a="set/a", b="set/b", affine=third_is_first) == [("a3", "b1"), ("a4", "b2")]


@pytest.mark.parametrize("affine", ["1 0 0 0 0 1 0 0 0 0 -1 3", None])
def test_a_file_that_is_a_volume_belongs_to_every_slice(affine: str | None) -> None:
    pair = {"affine": affine} if affine else {}
    found = links(a="set/a", b="set/c.nii", **pair)
    assert found == [(f"a{n}", "c.nii") for n in range(1, COUNT + 1)]


def test_a_picture_belongs_to_the_slice_that_it_shows() -> None:
    shows_second = "1 0 0 0 0 1 0 0 0 0 1 -1"
    found = linked(
        Volumes(
            ROWS,
            SLICES,
            pairs=(
                VolumePairRow(
                    a="set/a", b="set/x.png", b_is="picture", kind="slice", affine=shows_second
                ),
            ),
        )
    )
    assert [(one.a, one.b, one.kind) for one in found] == [("set/a2", "set/x.png", "part")]
