"""Tables as upstreams really save them: every encoding, every cell a text."""

import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.labels import table, workbook
from flows.labels.damage import UnreadableTableError
from flows.labels.dialect import Wanted
from flows.labels.table import TableDiff, TableText


def _read(text: str | bytes, name: str = "metadata.csv") -> TableText:
    return table.read(name, text if isinstance(text, bytes) else text.encode())


def _cells(text: str | bytes, name: str = "metadata.csv") -> list[dict[str, str]]:
    return [dict(row.cells) for row in _read(text, name).rows]


def test_a_byte_order_mark_is_not_part_of_the_first_name() -> None:
    assert _cells("\ufefffilename,age\na.png,65\n") == [{"filename": "a.png", "age": "65"}]


def test_cp1252_is_read_as_cp1252() -> None:
    assert _cells("a,b\nMünchen,“x”\n".encode("cp1252")) == [{"a": "München", "b": "“x”"}]


def test_a_stray_byte_is_read_as_cp1252_and_garbles_nothing_else() -> None:
    found = _read("a,b\né".encode() + b"\xff,1\nx,2\n")
    assert [dict(row.cells) for row in found.rows] == [{"a": "éÿ", "b": "1"}, {"a": "x", "b": "2"}]
    assert found.mixed == (2,)


def test_bytes_that_no_encoding_knows_stand_as_replacement_and_are_listed() -> None:
    found = _read(b"a\n\x81\xff\n")
    assert [dict(row.cells) for row in found.rows] == [{"a": "\ufffdÿ"}]
    assert found.mixed == (2,)


def test_a_text_in_another_encoding_is_not_guessed() -> None:
    with pytest.raises(UnreadableTableError, match="line 2 is neither UTF-8 nor cp1252"):
        _read("a,b\n肺炎确诊,1\n".encode("gbk"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(end: str) -> None:
    assert _cells(f"a,b{end}1,2{end}3,4") == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


@pytest.mark.parametrize("header", ["clinical_notes", " Clinical Notes ", "CLINICAL  notes"])
def test_drifting_headers_meet(header: str) -> None:
    assert _read(f"{header}\nx\n").columns == ("clinical notes",)


def test_a_column_without_a_name_keeps_its_text() -> None:
    assert _cells("a,\nx,said here\n") == [{"a": "x", "": "said here"}]


def test_two_columns_of_one_name_are_told_apart() -> None:
    assert _read("notes,Notes,\n1,2,3\n").columns == ("notes", "notes (2)", "")


@pytest.mark.parametrize("header", ["a,A,a (2)", "a (2),a,A"])
def test_a_header_that_is_spelled_as_we_number_them_takes_no_cell_of_another(header: str) -> None:
    [cells] = _cells(f"{header}\n1,2,3\n")
    assert sorted(cells.values()) == ["1", "2", "3"]


def test_blank_rows_say_nothing_and_rows_of_another_width_are_not_used() -> None:
    found = _read("a,b,c\n\n , ,\n1\n1,2,3,4\n1,2,3\n")
    assert [dict(row.cells) for row in found.rows] == [{"a": "1", "b": "2", "c": "3"}]
    assert [(row.line, row.what) for row in found.damaged] == [
        (4, "1 cells where the header has 3"),
        (5, "4 cells where the header has 3"),
    ]


def test_an_unclosed_quote_costs_its_row_and_no_other() -> None:
    found = _read('a,b,c\n1,"x,2\n3,y,4\n5,"z",6\n')
    assert [row.cells["a"] for row in found.rows] == ["3", "5"]
    assert [row.line for row in found.damaged] == [2]


def test_a_quote_that_swallows_rows_and_closes_is_seen() -> None:
    found = _read('a,b,c\n1,x,"2\n3,y,4\n5,z,"\n7,w,8\n')
    assert [row.cells["a"] for row in found.rows] == ["3", "7"]
    assert [row.line for row in found.damaged] == [2, 4]


def test_a_file_of_nothing_but_damage_is_refused() -> None:
    with pytest.raises(UnreadableTableError, match="more than 1,000 of its rows are damaged"):
        _read("a,b\n" + "1\n" * 1001)


def test_a_row_knows_its_line_also_after_cells_with_line_breaks() -> None:
    found = _read('a,b\n"two\nlines",1\n\nx,2')
    assert [(row.line, row.cells["a"]) for row in found.rows] == [(3, "two\nlines"), (5, "x")]


@pytest.mark.parametrize("name", ["1e534853", "09258248", "inf", "-inf", "NA", "TRUE", "007"])
def test_every_cell_is_a_text(name: str) -> None:
    assert _cells(f"id\n{name}\n") == [{"id": name}]


def test_tabs_part_cells_in_a_tsv() -> None:
    assert _cells("a\tb\n1,5\t2\n", "x.TSV") == [{"a": "1,5", "b": "2"}]


def test_a_workbook_is_read_whatever_its_name() -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (["Image Name", "age"], ["a.png", 65], [None, None], ["b.png", None]):
        book.active.append(row)
    book.save(out)
    found = _read(out.getvalue(), "metadata.csv")
    assert [(row.line, dict(row.cells)) for row in found.rows] == [
        (2, {"image name": "a.png", "age": "65"}),
        (4, {"image name": "b.png", "age": ""}),
    ]


LABELS = [["filename", "age", "sex"], ["a.png", 65, "F"]]
LEGEND = [["column", "what it is"], ["age", "in years"]]
WANTED = Wanted("filename", frozenset({"age", "sex"}))


def _sheets(**sheets: list[list[object]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("sheets", "note"),
    [
        ({"Labels": LABELS}, None),
        ({"Labels": LABELS, "Empty": []}, None),
        ({"Empty": [], "Labels": LABELS}, None),
        ({"Labels": LABELS, "Legend": LEGEND}, "sheet 'Labels' is the table, and 'Legend' not"),
        ({"Legend": LEGEND, "Labels": LABELS}, "sheet 'Labels' is the table, and 'Legend' not"),
        (
            {"Files": [["filename"], ["b.png"]], "Labels": LABELS},
            "sheet 'Labels' is the table, and 'Files' not",
        ),
        ({"Legend": LEGEND, "Labels": [["Edition 2"], [], *LABELS]}, "the header is line 3"),
    ],
)
def test_the_sheet_that_names_the_columns_is_read(
    sheets: dict[str, list[list[object]]], note: str | None
) -> None:
    found = table.read("metadata.xlsx", _sheets(**sheets), WANTED)
    assert [dict(row.cells) for row in found.rows] == [
        {"filename": "a.png", "age": "65", "sex": "F"}
    ]
    assert note in found.notes if note else found.notes == ()


@pytest.mark.parametrize(
    ("sheets", "reason"),
    [
        ({"Train": LABELS, "Test": LABELS}, "its sheets 'Train' and 'Test' name the same columns"),
        ({"A": LEGEND, "B": LEGEND}, "'filename'.*; nor has any other of its 2 sheets"),
        ({"A": LEGEND}, "no column 'filename', which names the image"),
        ({"A": [], "B": []}, "a workbook without any cells"),
        ({f"S{n}": [] for n in range(101)}, "101 sheets; the limit is 100"),
    ],
)
def test_where_it_is_not_clear_which_sheet_holds_the_labels_none_is_read(
    sheets: dict[str, list[list[object]]], reason: str
) -> None:
    with pytest.raises(UnreadableTableError, match=reason):
        table.read("metadata.xlsx", _sheets(**sheets), WANTED)


def _workbook() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for n in range(50):
        book.active.append([f"cell {n}", n])
    book.save(out)
    return out.getvalue()


def _book(rows: Sequence[Sequence[object]], merged: Sequence[str] = ()) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    book.save(out)
    return out.getvalue()


def _with_other(content: bytes, old: bytes, new: bytes) -> bytes:
    """Put something else into the sheet of a workbook."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            part = before.read(name)
            assert "sheet1" not in name or re.search(old, part)
            after.writestr(name, re.sub(old, new, part) if "sheet1" in name else part)
    return out.getvalue()


def _with_sheet(xml: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_workbook())) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, xml if "sheet1" in name else old.read(name))
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04nothing",
        _workbook()[:2000],
        _with_sheet(b"<worksheet><sheetData><row>"),
        _with_sheet(
            b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            b'<sheetData><row><c t="s"><v>99999</v></c></row></sheetData></worksheet>'
        ),
    ],
)
def test_a_broken_workbook_is_said_to_be_one(content: bytes) -> None:
    with pytest.raises(UnreadableTableError, match="not a readable workbook: "):
        _read(content)


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(UnreadableTableError, match="bytes when unpacked"):
        _read(_workbook())


_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}<sheetData>'
    '<row r="1"><c t="inlineStr"><is><t>filename</t></is></c></row>'
    '<row r="2"><c t="inlineStr"><is><t>{}</t></is></c></row></sheetData></worksheet>'
)


def test_a_workbook_brings_no_file_of_this_machine(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a secret", encoding="ascii")
    named = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
    try:
        found = str(_read(_with_sheet(f"{named}{_SHEET.format('', 'a&e;b')}".encode())))
    except UnreadableTableError as error:
        found = str(error)
    assert "a secret" not in found


@pytest.mark.parametrize("size", ["A1", "A1:A2", "A1:XFD1048576"])
def test_a_workbook_that_lies_about_its_size_is_read_whole(size: str) -> None:
    content = _book([["filename", "age"], ["a.png", 65], ["b.png", 70]])
    lied = _with_other(content, rb'ref="A1:B3"', f'ref="{size}"'.encode())
    assert [row.cells["age"] for row in _read(lied).rows] == ["65", "70"]


def test_a_wide_workbook_is_refused() -> None:
    content = _book([["x"] * 1001])
    with pytest.raises(UnreadableTableError, match="1,001 columns; the limit is 1,000"):
        _read(content)


def test_a_formula_without_its_value_stands_as_it_is_written() -> None:
    """It is no label then, and is reported as one that nobody knows."""
    content = _book([["filename", "age"], ["a.png", "=60+5"], ["b.png", 70]])
    assert [row.cells["age"] for row in _read(content).rows] == ["=60+5", "70"]
    stored = _with_other(content, rb"<v ?/>|<v></v>", b"<v>65</v>")
    assert [row.cells["age"] for row in _read(stored).rows] == ["65", "70"]


def test_merged_cells_count_in_each_of_their_rows() -> None:
    rows = [["My table", None], ["filename", "age"], ["a.png", 65], ["b.png", None], ["c.png", 70]]
    content = _book([*rows, ["d.png", None]], merged=["A1:B1", "B3:B4"])
    found = table.read("metadata.xlsx", content, Wanted("filename", frozenset(["age"])))
    assert [row.cells["age"] for row in found.rows] == ["65", "65", "70", ""]
    assert "cells that are merged count in each of their rows" in found.notes


def test_a_workbook_with_an_endless_cell_is_refused_at_once() -> None:
    content = _book([["filename"], ["a.png"]])
    endless = b"<is><t>" + b"a" * 1_000_000 + b"</t></is>"
    long = _with_other(content, rb"</sheetData>", endless + b"</sheetData>")
    with pytest.raises(UnreadableTableError, match="longer than any label"):
        _read(long)


def test_an_unreadable_line_is_named() -> None:
    [damaged] = _read(b"a\n" + b"x" * 200_000 + b"\n").damaged
    assert (damaged.line, damaged.what) == (2, "a cell of more than 100,000 characters")


def test_too_many_columns_are_refused() -> None:
    with pytest.raises(UnreadableTableError, match="1,001 columns; the limit is 1,000"):
        _read(",".join(["x"] * 1001))


def test_an_empty_file_is_said_to_be_empty() -> None:
    with pytest.raises(UnreadableTableError, match="it is empty"):
        _read(b"\xef\xbb\xbf\r\n")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_said_to_be_none(content: bytes) -> None:
    try:
        found = _read(content)
    except UnreadableTableError:
        return
    for row in found.rows:
        assert set(row.cells) <= set(found.columns)


OLD = "filename,age\na.png,1\nb.png,2\nc.png,3\n"


@pytest.mark.parametrize(
    ("new", "diff"),
    [
        (OLD, TableDiff(rows=3)),
        (OLD + "d.png,4\n", TableDiff(rows=4, added=1)),
        ("filename,age\na.png,1\nb.png,5\n", TableDiff(rows=2, removed=1, changed=1)),
        (
            "filename,age,sex\na.png,1,M\nb.png,2,F\nc.png,3,\n",
            TableDiff(rows=3, header_changed=True),
        ),
        ("Filename ,AGE\na.png,1\nb.png,2\nc.png,3\n", TableDiff(rows=3, header_changed=True)),
        (OLD.replace("\n", "\r\n"), TableDiff(rows=3)),
        ("filename,age\nc.png,3\na.png,1\nb.png,2\n", TableDiff(rows=3)),
    ],
)
def test_a_diff_counts_rows_by_their_key(new: str, diff: TableDiff) -> None:
    assert table.compare(_read(OLD), _read(new), "filename") == diff


MIXED = "filename,notes\né.png,naïve\nb.png,x\n".encode() + b"c.png,\xe9\n"


def test_a_diff_of_files_that_mix_encodings_garbles_no_key_and_no_name() -> None:
    later = MIXED.replace(b"b.png,x", b"b.png,y")
    assert _cells(later)[0] == {"filename": "é.png", "notes": "naïve"}
    assert table.compare(_read(MIXED), _read(later), "filename") == TableDiff(rows=3, changed=1)


@pytest.mark.parametrize("turned_round", [False, True])
def test_rows_beyond_ascii_count_as_changed_where_a_file_begins_or_ceases_to_mix_encodings(
    turned_round: bool,
) -> None:
    versions = [_read("filename,notes\né.png,naïve\nb.png,x\nc.png,é\n"), _read(MIXED)]
    old, new = reversed(versions) if turned_round else versions
    assert table.compare(old, new, "filename") == TableDiff(rows=3, changed=2)


def test_rows_that_share_a_key_are_told_apart_by_their_order() -> None:
    old, new = _read("filename,n\nx,1\nx,2\nx,3\n"), _read("filename,n\nx,1\nx,2\n")
    assert table.compare(old, new, "filename") == TableDiff(rows=2, removed=1)


def test_a_first_version_is_all_new() -> None:
    assert table.compare(None, _read(OLD), "filename") == TableDiff(
        rows=3, added=3, header_changed=True
    )
