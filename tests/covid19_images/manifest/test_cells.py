"""Cells that come again are read once, and mean what they would mean by themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.manifest import cells
from covid19_images.manifest.cells import Cells
from covid19_images.manifest.columns import columns_of
from covid19_images.manifest.record import Record

COLUMNS = columns_of(Record)
TEXTS = {
    "source": ["set", "other", "../out", ""],
    "path": ["a.png", "b.png", "../a.png"],
    "status": ["active", "withdrawn", "odd"],
    "blob": ["0" * 40, "1" * 40, "z"],
    "sha256": ["", "0" * 64, "'0"],
    "finding": ["", "COVID-19", "COVID-19;Pneumonia", "'=1"],
    "width": ["", "7", "seven"],
    "icu": ["", "true", "yes"],
    "first_seen": ["", "2026-11-01", "yesterday"],
}
ROWS = st.lists(
    st.tuples(*(st.sampled_from(TEXTS.get(column.name, [""])) for column in COLUMNS)), max_size=12
)


def _read(reader: Cells, row: tuple[str, ...]) -> object:
    try:
        return reader.fields(row)
    except ValueError as error:
        return str(error)


@given(ROWS)
def test_a_row_is_read_as_if_no_other_had_been_read_before(rows: list[tuple[str, ...]]) -> None:
    reader = Cells(COLUMNS)
    assert [_read(reader, row) for row in rows] == [_read(Cells(COLUMNS), row) for row in rows]


def test_rows_share_the_values_that_are_equal() -> None:
    reader = Cells(COLUMNS)
    row = tuple(TEXTS.get(column.name, [""])[1:2] or [""] for column in COLUMNS)
    one, other = (reader.fields([cell for [cell] in row]) for _ in range(2))
    assert one["finding"] is other["finding"]
    assert one["first_seen"] is other["first_seen"]


def test_what_is_kept_of_a_column_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "_KEPT", 3)
    reader = Cells(COLUMNS)
    found = [
        reader.fields([str(number) if c.name == "width" else _least(c.name) for c in COLUMNS])
        for number in range(9)
    ]
    assert [row["width"] for row in found] == list(range(9))
    assert max(len(known) for _, _, known in reader._columns) <= 4  # and the gap


def _least(name: str) -> str:
    return {"source": "set", "path": "a.png", "blob": "0" * 40, "status": "active"}.get(name, "")
