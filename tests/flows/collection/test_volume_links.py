"""Pictures belong together where they are one slice of two volumes that are copies."""

from dataclasses import replace

import pytest

from covid19_images.manifest.record import Record, Status
from covid19_images.manifest.volume import SliceRow, VolumeRow
from covid19_images.manifest.volume_pair import VolumePairRow
from flows.collection import withdrawn_links
from flows.collection.lives import NO_LONGER_TAKEN
from flows.collection.volume_links import linked, outliving
from flows.collection.volumes import Volumes
from flows.collection.withdrawn_links import WithdrawnLink

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


def _records(status: Status, **other: str) -> dict[str, list[Record]]:
    """Return c.nii and the slices of a; the third of these has the status."""
    rows = [Record(source="set", path="c.nii", blob="c" * 40, status="active")]
    rows += [
        Record(source="set", path=f"a{n}", blob=f"{n:040}", status="active")
        for n in range(1, COUNT + 1)
    ]
    rows[3] = replace(rows[3], status=status, **other)  # type: ignore[arg-type]
    return {"set": rows}


COPIES = Volumes(
    ROWS, SLICES, pairs=(VolumePairRow(kind="voxels", a="set/a", b="set/c.nii", affine=None),)
)
LINK = WithdrawnLink(a="set/a3", b="set/c.nii", a_blob=f"{3:040}", b_blob="c" * 40)


def test_what_a_withdrawn_slice_shared_is_known_though_its_volume_is_none_any_more() -> None:
    found = outliving(COPIES, _records("active"), _records("withdrawn"))
    assert found == (LINK,)
    left = Volumes(links=found)
    [pair] = linked(left)
    assert (pair.a, pair.b, pair.kind) == (LINK.a, LINK.b, "part")
    assert outliving(left, _records("withdrawn"), _records("withdrawn")) == found
    assert withdrawn_links.loads(withdrawn_links.dumps(found)) == list(found)


@pytest.mark.parametrize(
    ("status", "other"),
    [
        ("active", {}),  # restored: its volume is there again
        ("excluded", {}),
        ("withdrawn", {"blob": "d" * 40}),  # another file
        ("withdrawn", {"status_reason": NO_LONGER_TAKEN}),  # by configuration
    ],
)
def test_nothing_outlives_what_is_there_is_another_or_was_left_out(
    status: Status, other: dict[str, str]
) -> None:
    assert outliving(COPIES, _records("active"), _records(status, **other)) == ()


def test_links_follow_the_names_of_their_sources() -> None:
    link = WithdrawnLink(a="a/x", b="b/y", a_blob="1" * 40, b_blob="2" * 40)
    volumes = Volumes(links=(link,))
    [turned] = volumes.renamed({"a": "c"}).links
    assert turned == WithdrawnLink(a="b/y", b="c/x", a_blob="2" * 40, b_blob="1" * 40)
    assert (volumes.of(["a"]).links, volumes.without(["a"]).links) == ((link,), ())


@pytest.mark.parametrize("text", ["a/x,../y", "b/y,a/x", "a/x,a/x"])
def test_links_that_are_none_are_refused(text: str) -> None:
    a, b = text.split(",")
    with pytest.raises(ValueError, match=r"volume_links\.csv, line 2"):
        withdrawn_links.loads(f"a,b,a_blob,b_blob\n{a},{b},{'1' * 40},{'2' * 40}\n")
