"""Fields: the text of each becomes columns, in the collection's own words."""

from typing import Any

import pytest

from covid19_images.manifest.record import COLUMNS
from flows.config import load
from flows.config.fields import FIELDS
from flows.config.source import Source
from flows.labels import fields
from flows.labels.rows import translations
from flows.labels.words import UnmappedError, Words
from tests.support.collection import ROOT

STATED = load.load(ROOT / "config")


@pytest.fixture(scope="module")
def ours() -> Words:
    """The collection's vocabulary, without any source's."""
    source = Source(
        name="set", title="", owner="", url="https://x/", order=1, files={"images": ["*"]}
    )
    return translations(source, STATED.vocabulary)


@pytest.mark.parametrize(
    ("field", "text", "columns"),
    [
        ("finding", "COVID-19", {"finding": ("COVID-19",), "finding_raw": "COVID-19"}),
        ("finding", "No Finding", {"finding": ("No finding",), "finding_raw": "No Finding"}),
        (
            "finding",
            "COVID-19, ARDS",
            {"finding": ("COVID-19", "ARDS"), "finding_raw": "COVID-19, ARDS"},
        ),
        (
            "finding",
            "Cardiomegaly|Effusion|Pleural_Thickening",
            {
                "finding": ("Cardiomegaly", "Effusion", "Pleural Thickening"),
                "finding_raw": "Cardiomegaly|Effusion|Pleural_Thickening",
            },
        ),
        (
            "finding",
            "Pneumonia/Viral/COVID-19",
            {"finding": ("COVID-19",), "finding_raw": "Pneumonia/Viral/COVID-19"},
        ),
        ("finding", "E.Coli", {"finding": ("E. coli",), "finding_raw": "E.Coli"}),
        ("finding", "todo", {"finding": (), "finding_raw": "todo"}),
        ("finding", "N/A", {}),
        ("view", "AP Supine", {"view": "AP_SUPINE"}),
        ("view", "L", {"view": "LATERAL"}),
        ("view", "AP erect", {"view": "AP_ERECT"}),
        ("modality", "X-ray", {"modality": "XR"}),
        ("sex", "F", {"sex": "F"}),
        ("sex", "?", {}),
        ("age", "early 40s", {"age_min": 40, "age_max": 43}),
        ("age", "50+", {"age_min": 50, "age_max": None}),
        ("offset", "3.0", {"offset_days": 3}),
        ("event_offset", "-2", {"offset_days": 2}),
        ("survival", "Y", {"survival": True}),
        ("survival", "N", {"survival": False}),
        ("survival", "unclear", {}),
        ("died", "yes", {"survival": False}),
        ("temperature", "38+", {"temperature_c": 38.0, "temperature_c_qualifier": ">"}),
        ("spo2", "low 90s", {"spo2_percent": 91.5, "spo2_percent_qualifier": "~"}),
        ("spo2", "N/A", {}),
        ("location", "Wuhan, China", {"country": "CN"}),
        ("doi", "https://doi.org/10.1056/NEJMc2001272", {"doi": "10.1056/NEJMc2001272"}),
        ("doi", "doi: 10.1016/x", {"doi": "10.1016/x"}),
        ("url", " https://example.org/a ", {"url": "https://example.org/a"}),
        ("licence", "CC BY-NC-SA", {"licence": "LicenseRef-CC-BY-NC-SA-unversioned"}),
        ("licence", "CC BY-NC-SA 4.0", {"licence": "CC-BY-NC-SA-4.0"}),
        ("licence", "CC BY 3.0", {"licence": "CC-BY-3.0"}),
        ("licence", "Apache 2.0", {"licence": "Apache-2.0"}),
        (
            "licence",
            "listed as authorized for everyone",
            {"licence": "LicenseRef-listed-as-authorized-for-everyone"},
        ),
        ("notes", "two\r\nlines\tand\x00 more", {"notes": "two lines and more"}),
        ("patient", "1e534853", {"patient_id": "1e534853"}),
    ],
)
def test_a_text_becomes_columns(
    ours: Words, field: str, text: str, columns: dict[str, Any]
) -> None:
    assert fields.read(field, text, ours) == columns


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("finding", "Broken rib"),
        ("finding", "COVID-19, Broken rib"),
        ("view", "upside down"),
        ("age", "old"),
        ("age", "inf"),
        ("offset", "inf"),
        ("event_offset", "-inf"),
        ("spo2", "120"),
        ("doi", "10.1/x"),
        ("url", "javascript:alert(1)"),
        ("url", "https://x/ <script>"),
        ("licence", "All rights reserved"),
        ("location", "somewhere"),
        ("survival", "maybe"),
    ],
)
def test_what_has_no_word_is_reported_and_never_guessed(ours: Words, field: str, text: str) -> None:
    with pytest.raises(UnmappedError):
        fields.read(field, text, ours)


def test_a_source_may_say_that_any_offset_means_yes() -> None:
    hannover = translations(STATED.source("covid-19-image-repository"), STATED.vocabulary)
    assert fields.read("icu", "-3", hannover) == {"icu": True}
    assert fields.read("died", "12", hannover) == {"survival": False}
    assert fields.read("icu", "", hannover) == {}


@pytest.mark.parametrize("field", fields.READERS)
def test_every_field_writes_columns_there_are(ours: Words, field: str) -> None:
    names = {column.name for column in COLUMNS}
    for text in ("1", "yes", "PA", "M", "CT", "COVID-19", "10.1000/x", "https://x/", "China"):
        try:
            assert fields.read(field, text, ours).keys() <= names
        except UnmappedError:
            continue


def test_every_field_that_a_source_can_name_has_a_reader():
    assert tuple(fields.READERS) == FIELDS
