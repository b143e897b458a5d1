"""Tables beside a table: what one says of patients is said of their pictures, no guesses."""

import io
import json
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest

from flows.config.source import Source
from flows.labels.assign import Labelled, label
from flows.labels.files import read_table
from flows.labels.written import Written

IMAGES = ("images/a.png", "images/b.png", "images/c.png")
ROWS = "file,case,view\na.png,P1,PA\nb.png,P1,AP\nc.png,P2,PA\n"
JOIN = {"files": ["patients.csv"], "on": "case", "to": "id", "fields": {"age": "age", "sex": "sex"}}


def _source(join: dict[str, Any], **table: Any) -> Source:
    main = {"files": ["images.csv"], "path": "images/{file}", "fields": {"view": "view"}}
    plain = {"name": "set", "title": "", "owner": "", "url": "https://x/", "order": 1}
    tables = [main | {"join": [join]} | table]
    return Source.model_validate(plain | {"files": {"images": ["/images/"]}, "tables": tables})


def _label(
    beside: str | bytes | None,
    rows: str | bytes = ROWS,
    *,
    name: str = "patients.csv",
    main: str = "images.csv",
    **join: Any,
) -> Labelled:
    source = _source(JOIN | {"files": [name]} | join, files=[main])
    [layout] = source.tables
    [wanted] = layout.join
    content = beside.encode() if isinstance(beside, str) else beside
    joined = [] if content is None else [read_table(wanted, name, content)]
    first = rows.encode() if isinstance(rows, str) else rows
    return label(source, [read_table(layout, main, first, joined)], IMAGES)


def _ages(labelled: Labelled) -> Iterator[str | None]:
    for path in IMAGES:
        yield labelled.by_path[path]["age"][0].text if "age" in labelled.by_path[path] else None


def _problems(labelled: Labelled) -> list[tuple[str, int, str]]:
    return [(problem.file, problem.line, problem.kind) for problem in labelled.problems]


def test_what_a_row_says_of_a_patient_is_said_of_all_its_pictures_and_stands_where_it_was() -> None:
    labelled = _label("id,age,sex\nP1,65,F\nP2,40,M\n")
    assert labelled.problems == []
    assert labelled.troubles == []
    assert labelled.by_path["images/b.png"] == {
        "view": [Written("AP", "images.csv", 3)],
        "age": [Written("65", "patients.csv", 2)],
        "sex": [Written("F", "patients.csv", 2)],
    }
    assert labelled.by_path["images/c.png"]["age"] == [Written("40", "patients.csv", 3)]


def test_what_the_table_of_images_says_itself_comes_first_and_notes_are_both() -> None:
    fields = {"view": "projection", "notes": "history", "age": "age"}
    labelled = _label("id,age,projection,history\nP1,65,L,fever\nP2,40,L,\n", fields=fields)
    assert labelled.by_path["images/a.png"]["view"] == [Written("PA", "images.csv", 2)]
    assert labelled.by_path["images/a.png"]["notes"] == [Written("fever", "patients.csv", 2)]


def test_days_are_counted_by_one_table_only() -> None:
    source = _source(
        {"files": ["p.csv"], "on": "case", "offsets": [{"column": "stay", "basis": "admission"}]},
        offsets=[{"column": "days", "basis": "symptom_onset", "until": True}],
    )
    [layout] = source.tables
    beside = read_table(layout.join[0], "p.csv", b"case,stay\nP1,3\nP2,4\n")
    rows = b"file,case,view,days\na.png,P1,PA,7\nc.png,P2,PA,\n"
    labelled = label(source, [read_table(layout, "images.csv", rows, [beside])], IMAGES)
    assert set(labelled.by_path["images/a.png"]) == {"view", "event_offset", "offset_basis"}
    assert labelled.by_path["images/a.png"]["offset_basis"][0].text == "symptom_onset"
    assert labelled.by_path["images/c.png"]["offset"] == [Written("4", "p.csv", 3)]
    assert layout.says == {"view", "offset", "event_offset"}


def test_of_rows_with_one_key_only_what_they_agree_on_is_used() -> None:
    labelled = _label("id,age,sex\nP1,65,F\nP1,66,F\nP2,40,M\nP2,40,\n")
    assert list(_ages(labelled)) == [None, None, "40"]
    assert labelled.by_path["images/a.png"]["sex"] == [Written("F", "patients.csv", 2)]
    [problem] = labelled.problems
    assert (problem.file, problem.line, problem.kind) == ("patients.csv", 3, "double_row")
    assert "lines 2 and 3 are all of 'P1' and differ in age" in problem.what


def test_keys_without_a_row_and_rows_without_a_key_are_one_line_each() -> None:
    labelled = _label("id,age,sex\nP1,65,F\nP8,1,M\nP9,1,M\n", ROWS + "d.png,,PA\n")
    whats = [problem.what for problem in labelled.problems if problem.file == "patients.csv"]
    assert whats == [
        "no row for 1 key of 'case': 'P2'",
        "2 rows with a key that no image has; partial = true says that this may be",
    ]
    partial = _label("id,age,sex\nP1,65,F\nP2,4,M\nP8,1,M\n", partial=True)
    assert partial.problems == []


def test_rows_of_images_that_name_no_key_are_counted() -> None:
    labelled = _label("id,age,sex\nP1,65,F\n", "file,case,view\na.png,P1,PA\nb.png,,\nc.png,,\n")
    assert [problem.what for problem in labelled.problems] == ["2 rows of images name no 'case'"]


def test_keys_in_other_case_are_found_only_where_the_configuration_says_so() -> None:
    strict = _label("id,age,sex\np1,65,F\np2,40,M\n")
    assert list(_ages(strict)) == [None, None, None]
    assert "ignore_case = true would find 2 of them" in strict.problems[0].what
    loose = _label("id,age,sex\np1,65,F\nP2,40,M\n", ignore_case=True)
    assert list(_ages(loose)) == ["65", "65", "40"]
    assert loose.problems == []


def test_an_exact_key_goes_before_one_in_other_case() -> None:
    labelled = _label("id,age,sex\np1,1,F\nP1,65,F\nP2,40,M\n", ignore_case=True)
    assert list(_ages(labelled)) == ["65", "65", "40"]


def test_a_column_of_the_joined_table_that_nobody_named_is_said() -> None:
    labelled = _label("id,age,sex,ward\nP1,65,F,3\nP2,40,M,4\n")
    assert _problems(labelled) == [("patients.csv", 1, "unknown_column")]
    assert "tables.join.unused" in labelled.problems[0].what
    assert _label("id,age,sex,ward\nP1,65,F,3\nP2,40,M,4\n", unused=["ward"]).problems == []


@pytest.mark.parametrize(
    ("beside", "kind", "trouble"),
    [
        (None, "table_missing", "the upstream has no patients.csv any more"),
        ("<html>", "table_unreadable", "patients.csv cannot be used"),
        ("id,age,sex\n", "join_without_row", "patients.csv has a header, and not one row"),
        ("id,sex\nP1,F\nP2,M\n", None, "patients.csv has no column 'age' any more"),
        ("id,age,sex\nP1,6\nP2,4,M\n", "damaged_row", "1 row of patients.csv cannot be used"),
    ],
)
def test_what_breaks_the_joined_table_holds_the_labels_that_it_gave(
    beside: str | None, kind: str | None, trouble: str
) -> None:
    labelled = _label(beside)
    assert kind is None or kind in [problem.kind for problem in labelled.problems]
    [one] = labelled.troubles
    assert trouble in one.what
    assert "age" in one.fields
    assert "view" not in one.fields
    assert not one.without_row
    assert labelled.by_path["images/a.png"]["view"] == [Written("PA", "images.csv", 2)]


def test_a_table_of_images_that_lost_the_key_holds_what_is_joined() -> None:
    rows = ROWS.replace("case", "patient")
    labelled = _label("id,age,sex\nP1,65,F\nP2,40,M\n", rows)
    [trouble] = labelled.troubles
    assert "images.csv has no column 'case' any more" in trouble.what
    assert trouble.fields == {"age", "sex"}


def test_two_sheets_of_one_workbook_are_joined() -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    for row in (("file", "case", "view"), ("a.png", 1, "PA"), ("b.png", 1, "AP"), ("c.png", 2, "")):
        first.append(row)
    second = book.create_sheet("cases")
    for cells in (("id", "age", "sex"), (1, 65, "F"), (2, 40, "M")):
        second.append(cells)
    written = io.BytesIO()
    book.save(written)
    content = written.getvalue()
    labelled = _label(content, content, name="all.xlsx", main="all.xlsx")
    assert list(_ages(labelled)) == ["65", "65", "40"]
    assert {problem.kind for problem in labelled.problems} == {"table_dialect"}  # which sheet


def test_records_of_json_are_joined_by_their_names() -> None:
    beside = json.dumps({"P1": {"age": 65, "sex": "F"}, "P2": {"age": 40, "sex": "M"}})
    labelled = _label(beside, name="patients.json", to="key")
    assert list(_ages(labelled)) == ["65", "65", "40"]
    assert labelled.problems == []
