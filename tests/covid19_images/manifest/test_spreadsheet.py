"""CSV that people open: no cell acts in a spreadsheet, and programs read what was meant."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.manifest import spreadsheet, table
from covid19_images.manifest.identifiers import PATTERNS
from covid19_images.manifest.record import COLUMNS, Record
from covid19_images.manifest.spreadsheet import cell, uncell
from covid19_images.release import row as rows
from covid19_images.release.row import Row

SIGNS = "=+-@'\t\r\n;,\"\uff1d\uff0b\uff0d\uff20 a1"
WORDS = st.text(st.sampled_from(SIGNS), max_size=12) | st.text(max_size=20)
FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def _acts(content: str) -> list[str]:
    """Return the cells of a CSV that a spreadsheet takes for a formula: it may split at ; too."""
    found = []
    for line in csv.reader(io.StringIO(content, newline="")):
        for one in line:
            found += [part for part in one.split(";") if FORMULA.match(part)]
    return found


@given(WORDS)
def test_a_text_comes_back_exactly_and_acts_nowhere(words: str) -> None:
    assert uncell(cell(words)) == words
    assert not [part for part in cell(words).split(";") if FORMULA.match(part)]


@given(st.lists(WORDS, min_size=2, max_size=4))
def test_a_line_comes_back_as_its_cells(words: list[str]) -> None:
    assert list(csv.reader(io.StringIO(spreadsheet.line(words), newline=""))) == [words]


@pytest.mark.parametrize("words", ["COVID-19", "it's", "view is 'odd'", "50+", "a; b", "x=1"])
def test_ordinary_words_stay_as_they_are(words: str) -> None:
    assert cell(words) == words


ACTING = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "'=1",
    "\t=1",
    "\r=1",
    "a\rb",
    "\uff1d1",
    "a;=1",
]


IDENTIFIERS = {"path", "duplicate_of", *PATTERNS}  # what is no identifier is refused


@pytest.mark.parametrize("acting", ACTING)
def test_no_text_of_a_manifest_is_a_formula_in_git_or_in_a_release(acting: str) -> None:
    free = [c.name for c in COLUMNS if c.kind == "text" and c.name not in IDENTIFIERS]
    record = Record(
        source="demo",
        path="=1+1",
        blob="0" * 40,
        **dict.fromkeys(free, acting),
        finding=(acting.replace(";", ""),),
        offset_days=-3,
        age_min=1,
    )
    written = table.dumps([record])
    assert _acts(written) == ["-3"]
    assert table.loads(written) == [record]
    row = Row(record=record, commit="c", added_in="1", changed_in="1")
    assert _acts(rows.dumps([row])) == ["-3"]
    assert rows.loads(rows.dumps([row])) == [row]


@given(st.lists(WORDS, max_size=4))
def test_rows_come_back(words: list[str]) -> None:
    text = spreadsheet.dumps([["header"], [*words, -3, None]])
    assert _acts(text) == ["-3"]
    _, line = csv.reader(io.StringIO(text, newline=""))
    assert [uncell(one) for one in line[:-2]] == words
