"""Two spellings of one thing contradict nothing; two things do, however they are spelt."""

from typing import Any

import pytest

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.conflicts import conflicts
from flows.config import load
from flows.config.source import Source
from flows.labels import fields
from flows.labels.rows import translations
from flows.labels.words import UnmappedError, Words
from tests.support.collection import ROOT


@pytest.fixture(scope="module")
def words() -> Words:
    """The collection's vocabulary, without any source's."""
    source = Source(
        name="set", title="", owner="", url="https://x/", order=1, files={"images": ["*"]}
    )
    return translations(source, load.load(ROOT / "config").vocabulary)


def _cells(field: str, text: str, words: Words) -> dict[str, Any]:
    try:
        return fields.read(field, text, words)
    except UnmappedError:
        return {}


def _conflicts(field: str, texts: tuple[str, str], words: Words) -> list[str]:
    plain = {"blob": "0" * 40, "image_id": "c19-0000000000000001"}
    rows = [
        Record(source=source, path="1", **plain, **_cells(field, text, words))
        for source, text in zip(("owner", "merge"), texts, strict=True)
    ]
    return [one.field for one in conflicts(rows, {"owner": 1, "merge": 2})]


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("sex", "F", "female"),
        ("sex", "M", "Male"),
        ("sex", "m", "M"),
        ("sex", "F", "?"),
        ("age", "45", "45.0"),
        ("age", "45", "045Y"),
        ("age", "45", "45 years"),
        ("age", "45", "40s"),
        ("age", "45", "mid-40s"),
        ("age", "45", "40-50"),
        ("age", "45", ">40"),
        ("age", "45", ""),
        ("age", "92", "90+"),
        ("age", "92", "95"),  # nobody is told from above 89
        ("view", "AP", "AP Supine"),
        ("view", "L", "Lateral"),
        ("view", "pa", "PA"),
        ("finding", "COVID-19", "Pneumonia/Viral/COVID-19"),
        ("finding", "COVID-19, ARDS", "ARDS, COVID-19"),
        ("finding", "COVID-19", "Pneumonia"),
        ("finding", "COVID-19", "todo"),
        ("finding", "Effusion|Mass", "Nodule"),
        ("offset", "3", "3.0"),
        ("licence", "CC BY 4.0", "CC-BY-4.0"),
    ],
)
def test_other_spellings_wider_words_and_silence_are_no_conflict(
    words: Words, field: str, one: str, other: str
) -> None:
    assert _conflicts(field, (one, other), words) == []


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("sex", "male", "F"),
        ("age", "045Y", "50s"),
        ("age", "45", ">60"),
        ("age", "early 40s", "late 40s"),
        ("view", "PA", "AP supine"),
        ("view", "L", "PA"),
        ("finding", "No Finding", "Pneumonia/Viral/COVID-19"),
        ("finding", "Pneumonia/Viral/SARS", "COVID-19"),
        ("offset", "3.0", "5"),
        ("licence", "CC BY-NC-SA 4.0", "CC BY 4.0"),
    ],
)
def test_what_cannot_both_be_true_is_one(words: Words, field: str, one: str, other: str) -> None:
    assert _conflicts(field, (one, other), words) == [field]
