"""The manifest: what is written comes back, and what is wrong is named."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.manifest import folder
from covid19_images.manifest import table as manifest
from covid19_images.manifest.columns import Column
from covid19_images.manifest.identifiers import PATTERNS, is_path
from covid19_images.manifest.record import COLUMNS, Record
from covid19_images.manifest.table import ManifestError, diff, dumps, frame, loads, validate

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1
) | st.sampled_from(['say "so"', "a,b", "'", " padded ", "1e534853", "09258248", "é😷", "=1+1"])
FINDING = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1)


IDENTIFIERS: dict[str, st.SearchStrategy[Any]] = {
    **{
        name: st.from_regex(pattern, fullmatch=True)
        for name, pattern in PATTERNS.items()
        if name != "split"
    },
    "path": TEXT.filter(is_path),
    "duplicate_of": TEXT.filter(is_path).map("set/{}".format),
}


def _cells(column: Column) -> st.SearchStrategy[Any]:
    if column.name in IDENTIFIERS:
        one = IDENTIFIERS[column.name]
        return one if column.required else st.none() | one
    known: dict[str, st.SearchStrategy[Any]] = {
        "text": TEXT,
        "enum": st.sampled_from(column.words) if column.words else st.nothing(),
        "list": st.lists(st.sampled_from(column.words) if column.words else FINDING).map(tuple),
        "int": st.integers(-(10**9), 10**9),
        "float": st.integers(-(10**9), 10**9).map(lambda n: n / 1000),
        "bool": st.booleans(),
        "date": st.dates(),
    }
    value = known[column.kind]
    return value if column.required or column.kind == "list" else st.none() | value


ROWS = st.builds(Record, **{column.name: _cells(column) for column in COLUMNS})
TABLES = st.lists(ROWS, max_size=4, unique_by=lambda row: (row.source, row.path))


def _row(**cells: Any) -> Record:
    given_cells: dict[str, Any] = {"source": "set", "path": "a.png", "blob": "0" * 40} | cells
    return Record(**given_cells)


def _text(**cells: str) -> str:
    """Write a manifest of one row with some of its cells replaced by texts."""
    header, line, _ = dumps([_row(status="pointer")]).split("\n")
    named = dict(zip(header.split(","), line.split(","), strict=True)) | cells
    return f"{header}\n{','.join(named.values())}\n"


@given(TABLES)
def test_what_is_written_is_read_back(rows: list[Record]) -> None:
    assert loads(dumps(rows)) == sorted(rows, key=lambda row: (row.source, row.path))


@given(TABLES, st.randoms())
def test_the_order_of_rows_does_not_show(rows: list[Record], random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert dumps(shuffled) == dumps(rows)


@given(TABLES)
def test_rows_are_lines_that_end_with_lf(rows: list[Record]) -> None:
    text = dumps(rows)
    assert "\r" not in text
    assert text.count("\n") == len(rows) + 1
    assert text.endswith("\n")


def test_a_file_is_written_with_lf_and_read_back(tmp_path: Path) -> None:
    rows = [_row(path="b.png", notes="größer, “x”"), _row()]
    manifest.write(tmp_path / "set.csv", rows)
    assert b"\r" not in (tmp_path / "set.csv").read_bytes()
    assert manifest.read(tmp_path / "set.csv") == [rows[1], rows[0]]


def test_a_folder_is_read_file_by_file(tmp_path: Path) -> None:
    for source in ("b", "a"):
        manifest.write(tmp_path / f"{source}.csv", [_row(source=source)])
    (tmp_path / "README.md").write_text("no manifest", encoding="utf-8")
    assert [row.source for row in folder.read(tmp_path)] == ["a", "b"]


@pytest.mark.parametrize("name", ["1e534853", "09258248", "NA", "nan", "true", "2020"])
def test_ids_that_look_like_something_else_stay_text(name: str) -> None:
    [row] = loads(dumps([_row(patient_id=name)]))
    table = frame([row])
    assert table.patient_id[0] == name
    assert table.patient_id.dtype == "string"


def test_a_table_has_types_and_keeps_gaps() -> None:
    full = _row(
        width=5, temperature_c=38.5, icu=False, first_seen=dt.date(2020, 3, 1), finding=("SARS",)
    )
    table = frame([full, _row(path="b.png")])
    assert list(table.columns) == [column.name for column in COLUMNS]
    kinds = {name: str(table[name].dtype) for name in ("width", "temperature_c", "icu")}
    assert kinds == {"width": "Int64", "temperature_c": "Float64", "icu": "boolean"}
    assert table.first_seen[0] == pd.Timestamp(2020, 3, 1)
    assert list(table.finding) == [("SARS",), ()]
    gaps = table.loc[1, ["width", "temperature_c", "icu", "first_seen", "sex"]]
    assert gaps.isna().all()


def test_an_empty_table_has_the_same_types() -> None:
    assert frame([]).dtypes.equals(frame([_row()]).dtypes)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"width": "wide"}, "width is 'wide'; it must be of type int"),
        ({"sex": "male"}, "sex is 'male'; it must be one of M, F, O"),
        ({"icu": "yes"}, "icu is 'yes'; it must be of type bool"),
        ({"first_seen": "March"}, "first_seen is 'March'; it must be of type date"),
        ({"quality": "crop;nice"}, "quality is 'crop;nice'; it must be one of annotated, "),
        ({"blob": ""}, "blob is empty; every row needs one"),
        ({"notes": "a,b"}, f"{len(COLUMNS) + 1} cells where {len(COLUMNS)} belong"),
        ({"notes": '"a"b'}, "not readable as CSV"),
    ],
)
def test_an_error_names_file_line_column_and_what_would_be_right(
    cells: dict[str, str], message: str
) -> None:
    with pytest.raises(ManifestError) as error:
        loads(_text(**cells), name="set.csv")
    assert str(error.value).startswith(f"set.csv, line 2: {message}")


def test_a_header_of_another_schema_is_named() -> None:
    text = dumps([]).replace("survival", "survived")
    with pytest.raises(ManifestError, match="schema version 2 in: survival, survived"):
        loads(text)
    first, second, *rest = dumps([]).strip().split(",")
    with pytest.raises(ManifestError, match="the order of columns"):
        loads(",".join([second, first, *rest]) + "\n")


@pytest.mark.parametrize("text", ["", "\n", '"a"b\n', "<html>"])
def test_what_is_no_manifest_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ManifestError):
        loads(text)


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "set.csv").write_bytes(dumps([_row(notes="é")]).encode("cp1252"))
    with pytest.raises(ManifestError, match=r"set\.csv: not UTF-8"):
        folder.read(tmp_path)


SOUND = _row(pixels_sha256="a" * 64, image_id="c19-" + "a" * 16)


def test_sound_rows_have_no_problems() -> None:
    copy = replace(SOUND, path="b.png", duplicate_of="set/a.png", duplicate_kind="bytes")
    assert validate([SOUND, copy]) == []


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"pixels_sha256": None, "image_id": None}, "is active but has no pixels_sha256"),
        ({"status": "refused"}, "is refused without a status_reason"),
        ({"image_id": "c19-0"}, "its image_id is not the beginning of its pixels_sha256"),
        (
            {"duplicate_of": "set/x.png", "duplicate_kind": "bytes"},
            "is a duplicate of set/x.png, which is not in the manifest",
        ),
        ({"duplicate_kind": "bytes"}, "has only one of duplicate_of and duplicate_kind"),
        ({"age_min": 50, "age_max": 40}, "has age_min above age_max"),
    ],
)
def test_what_does_not_fit_together_is_said(cells: dict[str, Any], message: str) -> None:
    assert validate([replace(SOUND, **cells)]) == [f"set/a.png: {message}."]


def test_a_row_that_stands_twice_is_said_once() -> None:
    assert validate([SOUND, SOUND]) == ["set/a.png: stands in the manifest twice."]


def test_a_diff_lists_what_came_went_and_changed() -> None:
    gone, kept, old = (_row(path=path) for path in ("gone", "kept", "old"))
    result, new = _row(path="came"), replace(old, sex="F", width=3)
    changes = diff([gone, kept, old], [kept, new, result])
    assert [(change.before, change.after) for change in changes] == [
        (None, result),
        (gone, None),
        (old, new),
    ]
    assert [change.columns for change in changes] == [(), (), ("width", "sex")]


@given(TABLES)
def test_nothing_differs_from_itself(rows: list[Record]) -> None:
    assert diff(rows, reversed(rows)) == []
