"""The tables of volumes have columns that stay, and cells that hold what they must."""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest

from covid19_images.manifest import mask, volume, volume_pair
from covid19_images.manifest.volume import SliceRow, VolumeRow
from covid19_images.manifest.volume_pair import VolumePairRow

DOCS = Path(__file__).parents[3] / "docs" / "volumes.md"
ROW = VolumeRow(
    source="set",
    volume="0123456789abcdef",
    volume_id="c19v-0123456789abcdef",
    media_type="application/dicom",
    files=3,
    files_sha256="0" * 64,
    columns=512,
    rows=512,
    slices=3,
    spacing_x_mm=0.7,
    spacing_y_mm=0.7,
    spacing_z_mm=2.5,
    affine="-0.7 0 0 100 0 -0.7 0 100 0 0 2.5 -300",
    slice_thickness_mm=2.5,
    kernel="LUNG",
    window_centre=-600,
    window_width=1500,
    units="HU",
    finding=("gaps",),
    gaps=("2+1",),
    missing_slices=1,
)
SLICE = SliceRow(source="set", path="a/1.dcm", volume="0123456789abcdef", slice=1)


def test_columns_and_their_order_stay() -> None:
    assert volume.dumps([]) == (
        "source,volume,volume_id,media_type,files,files_sha256,columns,rows,slices,spacing_x_mm,"
        "spacing_y_mm,spacing_z_mm,affine,slice_thickness_mm,kernel,window_centre,window_width,"
        "units,finding,gaps,missing_slices\n"
    )
    assert volume.dumps_slices([]) == "source,path,frame,volume,slice\n"
    assert mask.dumps([]) == (
        "source,path,blob,status,status_reason,media_type,picture,volume,shows,values,made_by,"
        "columns,rows,slices,affine,agreement,licence\n"
    )
    assert volume_pair.dumps([]) == "a,b,b_is,kind,kept,affine,decided_by,date\n"


def test_the_documents_explain_every_column_and_finding() -> None:
    text = DOCS.read_text(encoding="utf-8")
    words = set(re.findall(r"`(\w+)`", text))
    tables = (volume.VOLUME_COLUMNS, volume.SLICE_COLUMNS, mask.COLUMNS, volume_pair.COLUMNS)
    assert {column for columns in tables for column in columns} <= words
    findings = set(volume.VolumeFinding.__args__)  # type: ignore[attr-defined]
    assert findings <= words
    assert {*volume_pair.VolumeKind.__args__} <= words  # type: ignore[attr-defined]


def test_rows_are_read_as_they_were_written() -> None:
    bare = VolumeRow(source="set", volume="a.nii", files=1, files_sha256="1" * 64)
    assert volume.loads(volume.dumps([bare, ROW])) == [ROW, bare]
    extra = replace(SLICE, path="a/0.dcm", slice=None, frame=2)
    assert volume.loads_slices(volume.dumps_slices([extra, SLICE])) == [SLICE, extra]


@pytest.mark.parametrize(
    ("odd", "name"),
    [
        (replace(ROW, volume_id="c19v-0"), "volume_id"),
        (replace(ROW, volume="../a"), "volume"),
        (replace(ROW, source="-x"), "source"),
        (replace(ROW, kernel="=1+1"), "kernel"),
        (replace(ROW, affine="1 2 3"), "affine"),
        (replace(ROW, affine=ROW.affine.replace("2.5", "nan") if ROW.affine else ""), "affine"),
        (replace(ROW, gaps=("<b>",)), "gaps"),
        (replace(ROW, spacing_z_mm=-1.0), "spacing_z_mm"),
        (replace(ROW, spacing_z_mm=float("inf")), "spacing_z_mm"),
        (replace(ROW, files_sha256="x"), "files_sha256"),
    ],
)
def test_a_cell_that_holds_something_else_is_refused(odd: VolumeRow, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        volume.loads(volume.dumps([odd]))


PAIR = VolumePairRow(
    a="set/0123456789abcdef",
    b="set/b.nii",
    kind="windowed",
    kept="b",
    affine="1 0 0 -20 0 1 0 -10 0 0 1 0",
    decided_by="person",
    date=dt.date(2026, 11, 23),
)


def test_pairs_are_read_as_they_were_written_and_sorted() -> None:
    lone = VolumePairRow(a="set/b.nii", b="figures/3.png", b_is="picture", kind="slice")
    assert volume_pair.loads(volume_pair.dumps([lone, PAIR])) == [PAIR, lone]


@pytest.mark.parametrize(
    ("odd", "name"),
    [
        (replace(PAIR, a="set"), "a"),
        (replace(PAIR, b="../b.nii"), "b"),
        (replace(PAIR, a=PAIR.b, b=PAIR.a), "b"),
        (replace(PAIR, b=PAIR.a), "b"),
        (replace(PAIR, affine="1 2 3"), "affine"),
    ],
)
def test_a_pair_that_holds_something_else_is_refused(odd: VolumePairRow, name: str) -> None:
    with pytest.raises(ValueError, match=f"is no {name}"):
        volume_pair.loads(volume_pair.dumps([odd]))
