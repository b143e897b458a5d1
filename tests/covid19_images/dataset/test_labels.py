"""Labels: unknown is never zero, and the page explains every word."""

import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.dataset.labels import (
    COARSE,
    FINDINGS,
    MEANS,
    UNKNOWN,
    coarse,
    covid,
    findings,
    label,
)
from covid19_images.manifest.record import Record
from tests.support.collection import ROOT

WORDS = tomllib.loads((ROOT / "config/vocabulary.toml").read_text(encoding="utf-8"))["findings"]
PAGE = (ROOT / "docs/labels.md").read_text(encoding="utf-8")
NIH, ZHANG = "NIH-chestxray-dataset-sample", "zhanglab-chest-xrays"


def row(*words: str, source: str = "journal", raw: str | None = None) -> Record:
    return Record(source=source, path="x", blob="0", finding=words, finding_raw=raw)


def stated(record: Record) -> dict[str, float]:
    values = findings(record)
    return {n: float(v) for n, v in zip(FINDINGS, values, strict=True) if not np.isnan(v)}


@pytest.mark.parametrize(
    ("record", "is_covid", "three", "four"),
    [
        (row("COVID-19"), True, "COVID-19", "COVID-19"),
        (row("ARDS", "COVID-19"), True, "COVID-19", "COVID-19"),
        (row("No finding"), False, "normal", "normal"),
        (row("Streptococcus"), False, "pneumonia", "bacterial"),
        (row("SARS"), False, "pneumonia", "viral"),
        (row("Bacterial pneumonia", "Influenza"), False, "pneumonia", None),
        (row("Fungal pneumonia"), False, "pneumonia", None),
        (row("Tuberculosis"), False, None, None),
        (row("Pneumonia"), None, None, None),
        (row("Viral pneumonia"), None, None, None),
        (row("ARDS"), None, None, None),
        (row("Effusion"), None, None, None),
        (row(), None, None, None),
        (row("Viral pneumonia", source=ZHANG), False, "pneumonia", "viral"),
        (row("Effusion", source=NIH), False, None, None),
        (row(source=NIH), False, None, None),
    ],
)
def test_a_finding_means(
    record: Record, is_covid: bool | None, three: str | None, four: str | None
) -> None:
    assert covid(record) is is_covid
    assert coarse(record, 2) == {True: "positive", False: "negative", None: None}[is_covid]
    assert coarse(record, 3) == three
    assert coarse(record, 4) == four


def test_covid_says_nothing_about_pneumonia_in_the_picture() -> None:
    assert stated(row("COVID-19")) == {"COVID-19": 1.0, "Viral": 1.0}


def test_no_finding_is_zero_everywhere() -> None:
    assert stated(row("No finding")) == dict.fromkeys(FINDINGS, 0.0)


def test_nih_looked_for_fourteen_and_nothing_else() -> None:
    found = stated(row("Effusion", "Pneumonia", source=NIH))
    assert len(found) == 15
    assert {name for name, value in found.items() if value} == {"Effusion", "Pneumonia"}
    assert found["COVID-19"] == 0
    assert "Lung Opacity" not in found


def test_a_named_cause_excludes_covid_and_says_nothing_else() -> None:
    assert stated(row("Klebsiella")) == {
        "Klebsiella": 1.0,
        "Bacterial": 1.0,
        "Pneumonia": 1.0,
        "COVID-19": 0.0,
    }


@given(st.lists(st.sampled_from(WORDS), unique=True), st.sampled_from(["journal", ZHANG, NIH]))
def test_nothing_becomes_zero_by_not_being_mentioned(words: list[str], source: str) -> None:
    zeros = {name for name, value in stated(row(*words, source=source)).items() if value == 0}
    if "No finding" not in words and source != NIH:
        assert zeros <= {"COVID-19"}
    if not words and source == "journal":
        assert not zeros


def test_every_word_of_the_vocabulary_means_something_and_is_explained() -> None:
    assert set(WORDS) == {*MEANS, "No finding"}
    cells = {
        w.strip()
        for line in PAGE.splitlines()
        if line.startswith("| ")
        for w in line.split("|")[1].split(",")
    }
    assert set(WORDS) <= cells


def test_the_page_shows_what_each_word_sets() -> None:
    rows = {
        line.split("|")[1].strip(): line.split("|")[2:4]
        for line in PAGE.splitlines()
        if line.count("|") == 5
    }
    for word, names in MEANS.items():
        if word in rows:
            assert rows[word][0].strip() == ", ".join(names)
            assert (rows[word][1].strip() == "yes") is (covid(row(word)) is False)


def test_unknown_classes_are_minus_one_and_unknown_findings_nan() -> None:
    rows = [row("COVID-19"), row(), row("No finding")]
    assert label("covid").targets(rows).tolist() == [1, UNKNOWN, 0]
    assert label("coarse3").targets(rows).tolist() == [2, UNKNOWN, 0]
    assert np.isnan(label("findings").targets(rows)[1]).all()
    assert label("findings").targets([]).shape == (0, len(FINDINGS))
    assert label("raw").targets([row(raw="Covid?")]).tolist() == ["Covid?"]


def test_classes_are_counted_and_unknown_is_named() -> None:
    rows = [row("COVID-19"), row(), row("No finding")]
    assert label("covid").counts(rows) == {"positive": 1, "negative": 1, "unknown": 1}
    assert label("findings").counts([row("No finding")]) == {"none of them": 1}
    assert label("coarse").classes == COARSE["coarse3"]


def test_an_unknown_label_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="covid, findings, coarse2"):
        label("covids")
