"""The schema: names, order, types and words of the columns, frozen.

A change here is a change for everybody who reads the manifest: raise `SCHEMA_VERSION`, and say so
in CHANGELOG.md and docs/manifest.md.
"""

import re

import pytest

from covid19_images.manifest.columns import Column
from covid19_images.manifest.record import COLUMNS, SCHEMA_VERSION
from tests.support.collection import ROOT

FROZEN = [
    ("source", "text"),
    ("path", "text"),
    ("image_id", "text"),
    ("status", "enum"),
    ("status_reason", "text"),
    ("blob", "text"),
    ("sha256", "text"),
    ("pixels_sha256", "text"),
    ("media_type", "enum"),
    ("bytes", "int"),
    ("width", "int"),
    ("height", "int"),
    ("frames", "int"),
    ("bit_depth", "int"),
    ("phash", "text"),
    ("modality", "enum"),
    ("view", "enum"),
    ("finding", "list"),
    ("finding_raw", "text"),
    ("label_basis", "enum"),
    ("patient_id", "text"),
    ("study_id", "text"),
    ("series_id", "text"),
    ("instance", "int"),
    ("sex", "enum"),
    ("age_min", "int"),
    ("age_max", "int"),
    ("offset_days", "int"),
    ("offset_basis", "enum"),
    ("survival", "bool"),
    ("intubated", "bool"),
    ("icu", "bool"),
    ("oxygen", "bool"),
    ("temperature_c", "float"),
    ("temperature_c_qualifier", "enum"),
    ("spo2_percent", "float"),
    ("spo2_percent_qualifier", "enum"),
    ("country", "text"),
    ("doi", "text"),
    ("url", "text"),
    ("licence", "text"),
    ("licence_basis", "enum"),
    ("quality", "list"),
    ("privacy", "list"),
    ("duplicate_of", "text"),
    ("duplicate_kind", "enum"),
    ("group", "text"),
    ("split", "enum"),
    ("split_reason", "text"),
    ("first_seen", "date"),
    ("last_changed", "date"),
    ("notes", "text"),
]
REQUIRED = {"source", "path", "status", "blob"}
WORDS = {
    "status": "active refused pointer excluded withdrawn held quarantined",
    "media_type": (
        "image/jpeg image/png image/tiff image/bmp image/gif image/webp application/dicom "
        "application/x-nifti"
    ),
    "modality": "CR DX XR CT OT",
    "view": "PA AP AP_SUPINE AP_ERECT LATERAL AXIAL CORONAL SAGITTAL LOCALIZER",
    "label_basis": "rt_pcr radiologist publication stated folder_name dataset",
    "sex": "M F O",
    "offset_basis": "symptom_onset admission icu unknown",
    "temperature_c_qualifier": "= < > ~",
    "spo2_percent_qualifier": "= < > ~",
    "licence_basis": "image dataset none",
    "quality": (
        "annotated colour crop composite blank photo augmented low_resolution turned pediatric "
        "no_metadata"
    ),
    "privacy": "exif dated_name dicom_identity burned_in_text",
    "duplicate_kind": (
        "bytes pixels resized reencoded cropped annotated adjusted flipped rotated augmented part"
    ),
    "split": "train validation test none",
}


def test_the_columns_their_order_and_their_types_are_frozen() -> None:
    assert [(column.name, column.kind) for column in COLUMNS] == FROZEN
    assert SCHEMA_VERSION == 2


def test_the_vocabularies_are_frozen() -> None:
    assert {c.name: " ".join(c.words) for c in COLUMNS if c.words} == WORDS


def test_only_what_every_file_has_is_required() -> None:
    assert {column.name for column in COLUMNS if column.required} == REQUIRED


def _explained() -> dict[str, list[str]]:
    """Read the table of columns in docs/manifest.md: cells by column name, in order."""
    page = (ROOT / "docs" / "manifest.md").read_text(encoding="utf-8")
    table = page.partition("## The columns")[2].partition("\n## ")[0]
    rows = (line.strip("| ").split("|") for line in table.splitlines() if line.startswith("| `"))
    return {cells[0].strip(" `"): [cell.strip() for cell in cells[1:]] for cells in rows}


def test_the_page_about_the_manifest_explains_the_columns_in_their_order() -> None:
    assert list(_explained()) == [column.name for column in COLUMNS]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_the_page_about_the_manifest_gives_type_and_words(column: Column) -> None:
    kind, meaning, *words = _explained()[column.name]
    assert kind == column.kind
    assert meaning
    if column.words:
        assert re.findall("`([^`]+)`", words[0]) == list(column.words)
