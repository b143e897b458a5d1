"""Two described sources of the catalogue: their tables and folders are read as they are meant."""

from typing import Any

import numpy as np
import pytest

from covid19_images.images.fingerprint import Headers
from covid19_images.manifest.record import Record
from flows.config import load
from flows.labels.assign import label
from flows.labels.files import read_table
from flows.labels.rows import describe
from flows.night.listing import sort_out
from flows.upstream.tree import Entry
from tests.covid19_images.images.formats.files import dicom
from tests.flows.labels.test_rows import PICTURE
from tests.support.collection import ROOT, Collection
from tests.support.pictures import png
from tests.support.upstream import Upstream

CONFIG = load.load(ROOT / "config")
HEADER = (
    "filename,patient_id,sex,age,view,label,pcr_test,survival,location,admission_offset,"
    "symptom_offset,also_had_ct,spo2,url"
)
FOLDER = "chest_xray_images/covid19"


def _described(name: str, paths: list[str], table: str | None = None, **found: Any):
    source = CONFIG.source(name)
    entries = [Entry(path, str(number)) for number, path in enumerate(paths)]
    images, problems = sort_out(source, entries)
    picture = PICTURE if not found else PICTURE.__class__(**(_fields() | found))
    files = [read_table(source.tables[0], "metadata.csv", table.encode())] if table else []
    words = label(source, files, [entry.path for entry in images])
    results = {entry.blob: picture for entry in images}
    described = describe(source, CONFIG.vocabulary, images, results, words, {})
    rows: dict[str, Record] = {row.path: row for row in described.records}
    return rows, [*problems, *described.problems]


def _fields() -> dict[str, Any]:
    return {name: getattr(PICTURE, name) for name in PICTURE.__slots__}


def test_a_table_that_is_spelt_otherwise_than_its_files_is_read_whole() -> None:
    rows, problems = _described(
        "COVID-CXNet",
        [f"{FOLDER}/260.JPG", f"{FOLDER}/364.jpg", f"{FOLDER}/890p.png", f"{FOLDER}/001.jpeg"],
        f"{HEADER}\n260.jpg,10,female,68,PA,COVID-19,positive,1,Spain,3,,1,93,\n"
        "364.jfif,55,male,56,,COVID-19,negative,0,UAE,1,7,,,\n"
        "890p.png,294,,12,AP,COVID-19,,,Peru,,,,,\n",
    )
    assert [problem.kind for problem in problems] == ["file_without_row"]
    first, other = rows[f"{FOLDER}/260.JPG"], rows[f"{FOLDER}/364.jpg"]
    assert (first.label_basis, first.offset_days, first.offset_basis) == ("rt_pcr", 3, "admission")
    assert (other.label_basis, other.offset_days, other.offset_basis) == (
        "stated",
        7,
        "symptom_onset",
    )
    assert (first.survival, other.survival, other.country) == (True, False, "AE")
    assert "pediatric" in rows[f"{FOLDER}/890p.png"].quality
    bare = rows[f"{FOLDER}/001.jpeg"]
    assert (bare.finding, bare.label_basis) == (("COVID-19",), "folder_name")
    assert {row.licence_basis for row in rows.values()} == {"none"}


def test_a_converters_headers_are_not_believed_and_two_conversions_are_one_patient() -> None:
    names = ["DCM1/m006-s0001-1.dcm", "DCM2/m005-s0001-2.dcm", "DCM3/m004-s0001-3.dcm"]
    paths = [f"dataset/OpenSourceDCMs/{name}" for name in names]
    headers = Headers(modality="OT", sex="O", patient="unknown", age_years=0)
    rows, problems = _described(
        "covid-ct", [*paths, "dataset/LungMasks/1_z002.png"], headers=headers
    )
    assert problems == []
    assert list(rows) == paths
    assert {(row.modality, row.sex, row.age_min) for row in rows.values()} == {("CT", None, None)}
    patients = [row.patient_id for row in rows.values()]
    assert patients == ["covid-ct/DCM1", "covid-ct/DCM2", "covid-ct/DCM2"]


def test_half_of_900_pictures_have_a_row_and_all_452_rows_find_theirs() -> None:
    names = [f"{n}{'p' if n % 90 == 0 else ''}.{'jpg' if n % 3 else 'png'}" for n in range(1, 901)]
    written = [name.upper() if n < 16 else name for n, name in enumerate(names[:436])]
    written += [name.rpartition(".")[0] + ".jfif" for name in names[436:452]]
    rows = [f"{name},{n},male,{n % 80},PA,COVID-19,,,Iran,,,,," for n, name in enumerate(written)]
    paths = [f"{FOLDER}/{name}" for name in names]
    beside = ["chest_xray_images/normal/1.png", "checkpoints/a.png", "README.md", "metadata.csv"]
    rows_of, problems = _described("COVID-CXNet", [*paths, *beside], "\n".join([HEADER, *rows, ""]))
    assert sorted(rows_of) == sorted(paths)
    assert [problem.kind for problem in problems] == ["file_without_row"] * 448
    assert sum(row.patient_id is not None for row in rows_of.values()) == 452
    assert sum("pediatric" in row.quality for row in rows_of.values()) == 10
    source = CONFIG.source("COVID-CXNet")
    assert (source.licence, source.licence_claimed) == ("NOASSERTION", "CC-BY-4.0")


@pytest.mark.parametrize(
    ("name", "is_child"),
    [("890p.png", True), ("12-p.jpg", True), ("covid-7p.JPEG", True), ("clip.png", False)],
)
def test_a_childs_picture_ends_in_p(name: str, *, is_child: bool) -> None:
    rows, _ = _described("COVID-CXNet", [f"{FOLDER}/{name}"], f"{HEADER}\n")
    assert ("pediatric" in rows[f"{FOLDER}/{name}"].quality) == is_child


def _converted(case: int, number: int) -> bytes:
    pixels = np.roll(np.arange(64 * 64).reshape(64, 64) % 251, 7 * case + number, axis=case % 2)
    header = {"Modality": "NM", "PatientSex": "O", "PatientID": "Unknown", "PatientAge": "000Y"}
    return dicom(pixels.astype(np.uint16), PatientName="Unknown", **header)


def test_nine_folders_of_converted_slices_are_eight_patients_and_masks_are_none(
    collection: Collection, upstream: Upstream
) -> None:
    folder = "dataset/OpenSourceDCMs"
    upstream.commit({f"images/{number}.png": None for number in range(3)})
    upstream.commit(
        {
            f"{folder}/DCM{c}/m-s{n:04}-{n}.dcm": _converted(c, n)
            for c in range(1, 10)
            for n in (1, 2)
        }
        | {"dataset/LungMasks/1_z002.png": png(1), "dataset/CTs/1.png": png(2), "README.md": b"x"}
    )
    collection.real_source("covid-ct", upstream.url)
    collection.night()
    rows = collection.records("covid-ct").values()
    assert len(rows) == 18
    assert {(r.modality, r.sex, r.age_min, r.licence_basis) for r in rows} == {
        ("CT", None, None, "none")
    }
    patients = {row.path.split("/")[2]: row.patient_id for row in rows}
    assert len(set(patients.values())) == 8
    assert patients["DCM3"] == patients["DCM2"] == "covid-ct/DCM2"
    together = {row.group for row in rows if row.patient_id == "covid-ct/DCM2"}
    assert len(together) == 1
