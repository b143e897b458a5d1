"""The gate: processed pictures pass, planted identifiers stop."""

import io
import subprocess
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from PIL import Image, ImageOps, PngImagePlugin
from pydicom.dataset import Dataset

from covid19_images.images.decode import media_type
from covid19_images.release.row import Row
from flows.publish.image import privacy
from flows.publish.image.process import Processed, beside, members, process
from flows.publish.image.proof import foreign_parts
from tests.covid19_images.download.copies import VERSION, record, tar
from tests.covid19_images.images.formats.files import dicom, slices
from tests.support.pictures import encoded, picture, png
from tests.support.upstream import Upstream, git

IMAGE = "c19-0123456789abcdef"


def _gps() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    return encoded(picture(1), "JPEG", exif=exif)


def _text(key: str, value: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text(key, value)
    return encoded(picture(1), pnginfo=info)


def _planted(**values: object) -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(dicom(slices()[0])))
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    out = io.BytesIO()
    dataset.save_as(out)
    return out.getvalue()


def _private() -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(dicom(slices()[0])))
    block = dataset.private_block(0x0099, "SOMEBODY", create=True)
    block.add_new(1, "LO", "Jane Doe")
    out = io.BytesIO()
    dataset.save_as(out)
    return out.getvalue()


def _nested() -> bytes:
    item = Dataset()
    item.ReferringPhysicianName = "Doe^Jane"
    dataset = pydicom.dcmread(io.BytesIO(dicom(slices()[0])))
    dataset.RequestAttributesSequence = [item]
    out = io.BytesIO()
    dataset.save_as(out)
    return out.getvalue()


PLANTED = {
    "name": _planted(PatientName="Doe^Jane"),
    "date": _planted(AcquisitionDate="20200314"),
    "time": _planted(ContentTime="101112"),
    "place": _planted(InstitutionName="St. Elsewhere"),
    "uid": _planted(StudyInstanceUID="1.2.3"),
    "private": _private(),
    "nested": _nested(),
}


@pytest.mark.parametrize("plant", PLANTED)
def test_a_dicom_file_is_no_member_and_its_values_are_never_named(plant: str) -> None:
    found = list(privacy.in_member(f"{IMAGE}.png", PLANTED[plant]))
    assert found == [f"{IMAGE}.png: neither PNG nor JPEG"]


@pytest.mark.parametrize("plant", PLANTED)
def test_what_is_made_of_such_a_file_passes(plant: str) -> None:
    made = process(PLANTED[plant], IMAGE)
    assert isinstance(made, Processed)
    for layer in ("images", "sized224", "sized512"):
        for name, member in members(made.frames[0], layer, beside(made.frames[0], {})):
            assert list(privacy.in_member(name, member)) == []
            for word in (b"Doe", b"20200314", b"Elsewhere"):
                assert word not in member


ORDINARY = {
    "gps": _gps(),
    "xmp": encoded(picture(1), "JPEG", xmp=b"<x:xmpmeta>anything</x:xmpmeta>"),
    "text": _text("Author", "Jane Doe"),
    "date": _text("Creation Time", "2020-03-14"),
    "comment": encoded(picture(1), "JPEG", comment=b"Patient: Jane Doe"),
}


@pytest.mark.parametrize("plant", ORDINARY)
def test_camera_data_stops_and_is_taken_out_without_touching_a_pixel(plant: str) -> None:
    content = ORDINARY[plant]
    assert list(privacy.in_member(f"{IMAGE}.jpg", content))
    made = process(content, IMAGE)
    assert isinstance(made, Processed)
    kept = made.frames[0].kept
    assert foreign_parts(kept, media_type(kept)) == []
    assert len(kept) < len(content)
    with Image.open(io.BytesIO(kept)) as after, Image.open(io.BytesIO(content)) as before:
        assert after.tobytes() == before.tobytes()


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_turned_picture_is_shipped_upright_and_without_the_tag(
    kind: str, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = orientation, "Dr Doe"
    content = encoded(picture(1, size=(24, 40)), kind, exif=exif)
    made = process(content, IMAGE)
    assert isinstance(made, Processed)
    kept = made.frames[0].kept
    assert foreign_parts(kept, media_type(kept)) == []
    with Image.open(io.BytesIO(kept)) as after, Image.open(io.BytesIO(content)) as before:
        assert after.tobytes() == ImageOps.exif_transpose(before).tobytes()
        assert dict(after.getexif()) == {}


NAMES = ["2020-03-14.png", f"{IMAGE}-2020.03.14.png", "../x.png", "IM-0001.dcm", f"{IMAGE}.exe"]


@pytest.mark.parametrize("name", NAMES)
def test_a_member_is_named_by_its_content_only(name: str) -> None:
    assert list(privacy.in_member(name, png(1)))


def test_json_beside_an_image_tells_only_what_is_on_the_list() -> None:
    [findings] = privacy.in_member(f"{IMAGE}.json", b'{"image_id": "c19-0", "PatientName": "Doe"}')
    assert "'PatientName'" in findings
    assert "Doe" not in findings


@pytest.mark.parametrize("fact", ['"licence": "born 1950"', '"width": "Doe"', '"blob": "Jane"'])
def test_json_beside_an_image_says_nothing_in_another_form(fact: str) -> None:
    assert list(privacy.in_member(f"{IMAGE}.json", f"{{{fact}}}".encode()))


def test_a_shard_is_looked_through_member_by_member(tmp_path: Path) -> None:
    shard = tmp_path / "images-set-00000.tar"
    shard.write_bytes(tar({f"{IMAGE}.png": png(1), f"{IMAGE}.jpg": ORDINARY["gps"]}))
    [findings] = privacy.in_shard(shard)
    assert (
        findings
        == f"images-set-00000.tar: {IMAGE}.jpg: a segment of kind E1 that a picture does not need"
    )


@pytest.mark.parametrize("path", ["a/2020-03-14.png", "20200314.png", "x_20200314_101112.dcm"])
def test_rows_whose_names_may_tell_a_person_stop(path: str) -> None:
    row = Row(record=record(path, png(1)), commit="c", added_in=VERSION, changed_in=VERSION)
    [findings] = privacy.in_rows([row], {})
    assert findings.endswith("has a file name that may identify a person")
    assert "2020" not in findings
    assert privacy.in_rows([row], {row.record.source: [".*"]}) == []


def test_rows_whose_notes_may_tell_a_person_stop() -> None:
    new_row = replace(record("a.png", png(1)), notes="born 1950-03-14, tel 030 1234567")
    row = Row(record=new_row, commit="c", added_in=VERSION, changed_in=VERSION)
    [findings] = privacy.in_rows([row], {})
    assert findings.endswith("has notes that may identify a person")


def test_real_dicom_series_pass_after_processing(bundles: Path, tmp_path: Path) -> None:
    upstream = Upstream.from_bundle(bundles / "covid-19-pos-case.bundle", tmp_path / "real.git")
    lines = git(upstream.folder, "ls-tree", "-r", "HEAD").splitlines()
    blobs = [line.split()[2] for line in lines][::6]
    seen = 0
    for blob in blobs:
        content = subprocess.run(
            ["git", "cat-file", "blob", blob], cwd=upstream.folder, check=True, capture_output=True
        ).stdout
        made = process(content, IMAGE)
        if not isinstance(made, Processed):
            continue
        seen += 1
        for name, member in members(made.frames[0], "images", beside(made.frames[0], {})):
            assert list(privacy.in_member(name, member)) == []
    assert seen == 10
