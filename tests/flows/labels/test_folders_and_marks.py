"""Rows that are of a whole folder, and columns that are findings which rows mark."""

from typing import Any

import pytest

from flows.config import load
from flows.config.source import Source
from flows.labels.assign import Labelled
from flows.labels.rows import describe
from flows.upstream.tree import Entry
from tests.flows.labels.test_assign import _label, _problems, _source, _table
from tests.flows.labels.test_rows import PICTURE
from tests.support.collection import ROOT

SLICES = ("scans/P1/s1/IM1", "scans/P1/s2/IM1", "scans/P2/IM1", "scans/P10/IM1")
VOCABULARY = load.load(ROOT / "config").vocabulary


def _ages(labelled: Labelled) -> dict[str, str]:
    return {
        path: words["age"][0].text for path, words in labelled.by_path.items() if "age" in words
    }


@pytest.mark.parametrize("path", ["scans/{id}/", "**/{id}/"])
def test_a_row_may_be_of_every_image_in_a_folder(path: str) -> None:
    labelled = _label("id,age\nP1,40\nP2/,41\nP3,42\n", SLICES, _table(path=path))
    assert _ages(labelled) == {
        "scans/P1/s1/IM1": "40",
        "scans/P1/s2/IM1": "40",
        "scans/P2/IM1": "41",
    }
    assert _problems(labelled) == [
        ("metadata.csv", 4, "row_without_file"),
        ("scans/P10/IM1", 0, "file_without_row"),
    ]


def test_a_folder_that_is_there_twice_is_none_and_a_row_inside_another_is_not_used() -> None:
    images = ("train/P1/1.png", "test/P1/1.png", "test/P2/s1/1.png")
    labelled = _label("id,age\nP1,40\nP2,41\ns1,42\n", images, _table(path="**/{id}/"))
    assert _ages(labelled) == {"test/P2/s1/1.png": "41"}
    assert _problems(labelled)[:2] == [
        ("metadata.csv", 2, "double_row"),
        ("metadata.csv", 4, "double_row"),
    ]


def test_names_of_folders_may_differ_in_case() -> None:
    labelled = _label("id,age\np1,40\n", SLICES, _table(path="scans/{id}/", ignore_case=True))
    assert len(_ages(labelled)) == 2


MARKED: dict[str, Any] = _table(marked=["COVID-19", "Viral_Pneumonia", "No_Finding"], fields={})


def _findings(cells: str, layout: dict[str, Any] = MARKED) -> tuple[tuple[str, ...], list[str]]:
    header = "filename,covid-19,viral pneumonia,no finding"
    labelled = _label(f"{header}\na.png,{cells}\n", ["images/a.png"], layout)
    source: Source = _source(tables=[layout])
    entries = [Entry("images/a.png", "1")]
    described = describe(source, VOCABULARY, entries, {"1": PICTURE}, labelled, {})
    return described.records[0].finding, [one.what for one in described.problems]


@pytest.mark.parametrize(
    ("cells", "finding"),
    [
        ("1,0,0", ("COVID-19",)),
        ("1,1,0", ("COVID-19", "Viral pneumonia")),
        ("0.0,1.0,0.0", ("Viral pneumonia",)),
        ("no,n,YES", ("No finding",)),
        (",x,", ("Viral pneumonia",)),
        ("0,0,0", ()),
        (",,", ()),
    ],
)
def test_a_finding_is_seen_where_its_column_is_marked(cells: str, finding: tuple[str, ...]) -> None:
    assert _findings(cells) == (finding, [])


def test_what_is_neither_yes_nor_no_is_reported_and_no_finding() -> None:
    finding, problems = _findings("-1.0,1,0")
    assert finding == ()
    assert problems == ["finding is 'COVID-19: -1.0', which has no word in the vocabulary"]


def test_a_marked_column_that_is_gone_may_cost_labels() -> None:
    labelled = _label("filename,covid-19,no finding\na.png,1,0\n", ["images/a.png"], MARKED)
    assert [one.what for one in labelled.troubles] == [
        "metadata.csv has no column 'Viral_Pneumonia' any more"
    ]
    assert [one.fields for one in labelled.troubles] == [frozenset(["finding"])]
