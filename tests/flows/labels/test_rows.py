"""Rows: what is known of each file, in the collection's columns, and nothing made up."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from covid19_images.images.fingerprint import Fingerprint, Headers
from covid19_images.images.refused import Refused
from covid19_images.manifest.record import Record
from flows.config import load
from flows.config.source import Source
from flows.decoding.result import DecodeResult, LfsPointer
from flows.labels.assign import label
from flows.labels.files import read_table
from flows.labels.rows import Description, describe, has_impossible_age, patient_id, withdraw
from flows.upstream.history import Dates
from flows.upstream.tree import Entry
from tests.support.collection import ROOT

VOCABULARY = load.load(ROOT / "config").vocabulary
DAY = dt.date(2020, 3, 16)
PICTURE = Fingerprint(
    media_type="image/png",
    sha256="b" * 64,
    pixels_sha256="a" * 64,
    bytes=9,
    width=300,
    height=200,
    frames=1,
    bit_depth=8,
    phash="0" * 64,
    quality=("colour",),
    privacy=("exif",),
    headers=Headers(),
)


def _source(**values: Any) -> Source:
    plain = {"name": "set", "title": "", "owner": "", "url": "https://x/", "order": 1}
    return Source.model_validate(plain | {"files": {"images": ["/images/"]}} | values)


def _described(
    source: Source, path: str = "images/a.png", result: DecodeResult = PICTURE, csv: str = ""
) -> Description:
    files = [read_table(table, "metadata.csv", csv.encode()) for table in source.tables]
    labelled = label(source, files, [path])
    dates = {path: Dates(DAY, DAY)}
    return describe(
        source, VOCABULARY, [Entry(path, "c" * 40)], {"c" * 40: result}, labelled, dates
    )


def _row(source: Source, *args: Any, **options: Any) -> Record:
    [record] = _described(source, *args, **options).records
    return record


def _of_table(row: str, **values: Any) -> Description:
    names = "filename,patientid,finding,age,license,location,survival,notes"
    fields = {
        "patient": "patientid",
        "finding": "finding",
        "age": "age",
        "licence": "license",
        "location": "location",
        "survival": "survival",
        "notes": "notes",
    }
    table = {"files": ["metadata.csv"], "path": "images/{filename}", "fields": fields}
    return _described(_source(tables=[table], **values), csv=f"{names}\n{row}\n")


def test_a_picture_carries_what_its_pixels_tell() -> None:
    record = _row(_source())
    assert (record.status, record.image_id) == ("active", "c19-" + "a" * 16)
    assert (record.width, record.height, record.media_type) == (300, 200, "image/png")
    assert (record.first_seen, record.last_changed) == (DAY, DAY)
    assert record.quality == ("colour",)
    assert record.privacy == ("exif",)


def test_a_row_of_a_table_becomes_columns() -> None:
    described = _of_table('a.png,311a,"COVID-19, ARDS",early 40s,CC BY 3.0,"Lyon, France",Y,Well.')
    [record] = described.records
    assert described.problems == []
    assert record.finding == ("COVID-19", "ARDS")
    assert record.finding_raw == "COVID-19, ARDS"
    assert (record.age_min, record.age_max) == (40, 43)
    assert (record.licence, record.licence_basis) == ("CC-BY-3.0", "image")
    assert (record.country, record.survival, record.notes) == ("FR", True, "Well.")


def test_what_has_no_word_is_reported_with_file_and_line() -> None:
    described = _of_table("a.png,1,Broken rib,old,,Nowhere,,")
    assert [(p.file, p.line, p.kind, p.what.split(",")[0]) for p in described.problems] == [
        ("metadata.csv", 2, "unmapped_value", "age is 'old'"),
        ("metadata.csv", 2, "unmapped_value", "finding is 'Broken rib'"),
        ("metadata.csv", 2, "unmapped_value", "location is 'Nowhere'"),
    ]
    [record] = described.records
    assert (record.finding, record.finding_raw) == ((), "Broken rib")
    assert (record.age_min, record.country) == (None, None)


def test_an_unmapped_text_is_reported_on_one_line() -> None:
    [problem] = _of_table('a.png,1,"a\nb\x1b[31m",,,,,').problems
    assert problem.what.isprintable()


def test_no_licence_of_the_image_is_the_licence_of_the_set_or_none() -> None:
    assert _row(_source()).licence == "NOASSERTION"
    assert _row(_source()).licence_basis == "none"
    of_set = _row(_source(licence="CC-BY-3.0"))
    assert (of_set.licence, of_set.licence_basis) == ("CC-BY-3.0", "dataset")


def test_a_basis_without_what_it_is_a_basis_of_is_left_out() -> None:
    record = _row(_source(always={"label_basis": "stated", "offset_basis": "unknown offset"}))
    assert (record.label_basis, record.offset_basis) == (None, None)


def test_an_image_without_a_row_says_so() -> None:
    table = {"files": ["metadata.csv"], "path": "images/{filename}"}
    described = _described(_source(tables=[table]), csv="filename\n")
    assert described.records[0].quality == ("colour", "no_metadata")
    assert [problem.kind for problem in described.problems] == ["file_without_row"]


@pytest.mark.parametrize("raw", ["311a", "Jane Doe", "1e534853", ""])
def test_a_patients_id_is_hashed_unless_the_owner_published_a_bare_number(raw: str) -> None:
    hidden = patient_id(_source(), raw)
    assert hidden.startswith("set/")
    assert len(hidden) == 4 + 16
    assert not raw or raw not in hidden
    assert hidden != patient_id(_source(name="other"), raw)
    assert patient_id(_source(patient={"readable": True}), raw) == f"set/{raw}"


def test_a_letter_after_the_number_is_another_image_of_the_same_patient() -> None:
    source = _source(patient={"pattern": r"^(COVID-\d+)[a-z]?$", "readable": True})
    names = {patient_id(source, f"COVID-00003{letter}") for letter in ("", "a", "b")}
    assert names == {"set/COVID-00003"}
    hidden = _source(patient={"pattern": r"^(COVID-\d+)[a-z]?$"})
    assert patient_id(hidden, "COVID-00003a") == patient_id(hidden, "COVID-00003b")


@pytest.mark.parametrize(
    ("path", "doubtful"),
    [
        ("images/IMG_20200312123456.png", True),  # a release hides it, so the manifest must say so
        ("images/CR.1.2.840.20200313.png", True),
        ("images/2020-03-13.png", True),
        ("images/19991231_1.png", True),
        ("images/120200313.png", True),  # as long as a record's number
        ("images/14Mar2020.png", True),
        ("images/DOE^JANE.png", True),
        ("images/20201313.png", True),
        ("images/1234.png", False),
    ],
)
def test_a_name_that_may_tell_a_person_is_marked(path: str, doubtful: bool) -> None:
    assert ("dated_name" in _row(_source(), path).privacy) is doubtful


def test_a_source_may_declare_its_names_harmless() -> None:
    rule = {"match": r"images/\d+\.png", "why": "numbered for publication"}
    assert "dated_name" not in _row(_source(harmless_names=[rule]), "images/20200313.png").privacy


def test_what_a_header_says_gives_way_to_what_the_layout_says() -> None:
    headers = Headers(modality="CT", view="AXIAL", patient="f" * 16, sex="M", age_years=61)
    slice_ = Fingerprint(
        media_type="application/dicom",
        sha256="b" * 64,
        pixels_sha256="a" * 64,
        bytes=9,
        width=512,
        height=512,
        frames=1,
        bit_depth=16,
        phash="0" * 64,
        quality=(),
        privacy=(),
        headers=headers,
    )
    record = _row(_source(always={"view": "coronal"}), result=slice_)
    assert (record.modality, record.view) == ("CT", "CORONAL")
    assert (record.sex, record.age_min, record.age_max) == ("M", 61, 61)
    assert record.patient_id == "set/" + "f" * 16


def test_an_impossible_age_in_a_header_is_reported() -> None:
    odd = replace(PICTURE, headers=Headers(impossible_age="411Y"))
    described = _described(_source(), result=odd)
    [problem] = described.problems
    assert (problem.file, problem.kind) == ("images/a.png", "impossible_value")
    assert problem.what == "the age in its header is 411Y; it was left out"
    assert described.records[0].age_min is None
    assert has_impossible_age(problem)


def test_a_refused_file_and_a_pointer_keep_their_labels_and_say_why() -> None:
    source = _source(always={"modality": "CT"})
    refused = _described(source, result=Refused("the file broke off"))
    [record] = refused.records
    assert (record.status, record.status_reason) == ("refused", "the file broke off")
    assert (record.modality, record.image_id) == ("CT", None)
    assert [problem.kind for problem in refused.problems] == ["refused"]
    lfs_pointer = _described(source, result=LfsPointer("d" * 64, 12))
    assert lfs_pointer.records[0].status == "pointer"
    assert [problem.kind for problem in lfs_pointer.problems] == ["lfs_pointer"]


def test_a_blob_nobody_read_is_a_mistake_of_ours() -> None:
    labelled = label(_source(), [], ["images/a.png"])
    with pytest.raises(KeyError, match="was never read"):
        describe(_source(), VOCABULARY, [Entry("images/a.png", "c" * 40)], {}, labelled, {})


def test_a_withdrawn_row_is_a_copy_of_nothing() -> None:
    record = Record(
        source="set",
        path="a",
        blob="0",
        duplicate_of="set/b",
        duplicate_kind="bytes",
        last_changed=DAY,
    )
    gone = withdraw(record, dt.date(2020, 5, 1))
    assert (gone.status, gone.status_reason) == ("withdrawn", "gone upstream since 2020-05-01")
    assert (gone.duplicate_of, gone.duplicate_kind) == (None, None)
    assert gone.last_changed == dt.date(2020, 5, 1)
    assert withdraw(record, None).last_changed == DAY


def test_patients_that_are_one_have_one_id() -> None:
    source = _source(same_patient=[["DCM2", "DCM3"]], patient={"pattern": "(DCM[0-9]+)"})
    ids = {patient_id(source, f"{name}/1") for name in ("DCM2", "DCM3")}
    assert len(ids) == 1
    assert patient_id(source, "DCM4/1") not in ids


def test_a_patient_cannot_be_one_with_two_others() -> None:
    with pytest.raises(ValueError, match="same_patient names 'b' twice"):
        _source(same_patient=[["a", "b"], ["b", "c"]])
