"""What a layout says of each image: from constants, paths and tables, and what in it is odd."""

from collections.abc import Sequence
from typing import Any

import pytest

from flows.config.source import Source
from flows.labels.assign import Labelled, label
from flows.labels.files import present, read_table
from flows.labels.written import Written

IMAGES = ("images/a.png", "images/b.png")


def _source(**values: Any) -> Source:
    plain = {"name": "set", "title": "", "owner": "", "url": "https://x/", "order": 1}
    return Source.model_validate(plain | {"files": {"images": ["/images/"]}} | values)


def _table(**values: Any) -> dict[str, Any]:
    return {
        "files": ["metadata.csv"],
        "path": "images/{filename}",
        "fields": {"age": "age"},
    } | values


def _label(
    csv: str | bytes, images: Sequence[str] = IMAGES, layout: dict[str, Any] | None = None
) -> Labelled:
    source = _source(tables=[layout or _table()])
    content = csv if isinstance(csv, bytes) else csv.encode()
    return label(source, [read_table(source.tables[0], "metadata.csv", content)], images)


def _problems(labelled: Labelled) -> list[tuple[str, int, str]]:
    return [(problem.file, problem.line, problem.kind) for problem in labelled.problems]


def test_a_row_says_something_of_its_image() -> None:
    labelled = _label("filename,age\na.png,65\nb.png,\n")
    assert labelled.by_path["images/a.png"] == {"age": [Written("65", "metadata.csv", 2)]}
    assert labelled.by_path["images/b.png"] == {}
    assert labelled.with_row == set(IMAGES)
    assert labelled.problems == []


@pytest.mark.parametrize("header", ["filename", " filename", "FileName ", "\ufefffilename"])
def test_the_key_is_found_however_it_is_spelt(header: str) -> None:
    assert _label(f"{header},age\n a.png ,65\nb.png,\n").problems == []


def test_five_rows_that_name_one_file_are_four_problems() -> None:
    labelled = _label("filename,age\n" + "a.png,1\n" * 5 + "b.png,\n")
    assert _problems(labelled) == [("metadata.csv", line, "double_row") for line in (3, 4, 5, 6)]
    assert labelled.by_path["images/a.png"]["age"][0].line == 2


def test_rows_without_a_file_and_files_without_a_row_are_named() -> None:
    labelled = _label("filename,age\nc.png,1\n,2\na.png,3\n")
    assert _problems(labelled) == [
        ("metadata.csv", 2, "row_without_file"),
        ("metadata.csv", 3, "row_without_file"),
        ("images/b.png", 0, "file_without_row"),
    ]
    assert "'c.png'" in labelled.problems[0].what


def test_a_row_never_leads_out_of_the_images() -> None:
    labelled = _label("filename,age\n../secret.png,1\na.png,\nb.png,\n")
    assert _problems(labelled) == [("metadata.csv", 2, "row_without_file")]


def test_a_column_nobody_told_us_about_is_named_once() -> None:
    labelled = _label("filename,age,new column,\na.png,1,x,y\nb.png,,,\n")
    assert _problems(labelled) == [("metadata.csv", 1, "unknown_column")]
    assert "'new column'" in labelled.problems[0].what
    found = _label("filename,age,new column\n", [], _table(unused=["New_Column"]))
    assert found.problems == []


def test_any_ending_will_do_where_the_table_gives_none() -> None:
    layout = _table(path="images/{patientid}.*")
    images = ("images/COVID-00003a.jpg", "images/COVID-00003b.png")
    labelled = _label("patientid,age\nCOVID-00003a,50+\nCOVID-00003b,\n", images, layout)
    assert labelled.problems == []
    assert labelled.by_path[images[0]]["age"] == [Written("50+", "metadata.csv", 2)]


def test_ids_that_look_like_numbers_find_their_images() -> None:
    layout = _table(path="png/{image_id}.png", fields={"patient": "patient_id"})
    images = ("png/09258248.png", "png/1e534853.png")
    labelled = _label("patient_id,image_id\n007,1e534853\n1e5,09258248\n", images, layout)
    assert labelled.problems == []
    assert labelled.by_path["png/1e534853.png"]["patient"][0].text == "007"


def test_the_first_column_that_says_something_is_taken_and_all_notes_are() -> None:
    layout = _table(fields={"location": ["location", "country"], "notes": ["clinical notes", ""]})
    csv = (
        "filename,location,country,clinical_notes,\na.png,,Italy,Fever.,More.\nb.png,Rome,Italy,,\n"
    )
    stated = _label(csv, IMAGES, layout).by_path
    assert [one.text for one in stated["images/a.png"]["location"]] == ["Italy"]
    assert [one.text for one in stated["images/b.png"]["location"]] == ["Rome"]
    assert [one.text for one in stated["images/a.png"]["notes"]] == ["Fever.", "More."]


def test_a_table_that_is_not_there_is_a_problem_and_not_a_crash() -> None:
    labelled = label(_source(tables=[_table()]), [], IMAGES)
    assert _problems(labelled) == [("metadata.csv", 0, "table_missing")]


def test_a_table_that_cannot_be_read_is_a_problem_and_not_a_crash() -> None:
    labelled = _label(b"PK\x03\x04")
    assert ("metadata.csv", 0, "table_unreadable") in _problems(labelled)


def test_a_table_may_have_had_other_names() -> None:
    layout = _source(tables=[_table(files=["metadata.csv", "meta.csv"])]).tables[0]
    assert present(layout, ["meta.csv"]) == "meta.csv"
    assert present(layout, ["meta.csv", "metadata.csv"]) == "metadata.csv"
    assert present(layout, ["other.csv"]) is None


def test_tables_win_over_paths_and_paths_over_constants() -> None:
    source = _source(
        always={"modality": "XR", "view": "PA", "age": "1"},
        paths=[{"match": r"/(?P<view>AP)/", "set": {"age": "2"}}],
        tables=[_table(path="images/{filename}")],
    )
    images = ["images/AP/a.png", "images/b.png"]
    csv = b"filename,age\nAP/a.png,3\nb.png,\n"
    labelled = label(source, [read_table(source.tables[0], "metadata.csv", csv)], images)
    texts = {
        path: {name: stated[0].text for name, stated in labels.items()}
        for path, labels in labelled.by_path.items()
    }
    assert texts == {
        "images/AP/a.png": {"modality": "XR", "view": "AP", "age": "3"},
        "images/b.png": {"modality": "XR", "view": "PA", "age": "1"},
    }


def test_a_later_path_rule_wins() -> None:
    source = _source(
        paths=[
            {"match": "/(?P<finding>PNEUMONIA)/"},
            {"match": r"/(?P<patient>person\d+)_(?P<finding>bacteria|virus)_"},
        ]
    )
    path = "train/PNEUMONIA/person1_virus_7.jpeg"
    stated = label(source, [], [path]).by_path[path]
    assert {name: one[0].text for name, one in stated.items()} == {
        "finding": "virus",
        "patient": "person1",
    }


FOLDERS = ("covid/a.png", "normal/b.png", "normal/c/A.png")


def test_one_table_describes_several_folders() -> None:
    table = _table(path="**/{filename}")
    labelled = _label("filename,age\na.png,1\nb.png,2\nc/A.png,3\n", FOLDERS, table)
    assert labelled.problems == []
    assert [labelled.by_path[path]["age"][0].text for path in FOLDERS] == ["1", "2", "3"]


def test_a_row_that_may_mean_several_images_is_not_used() -> None:
    images = ("covid/a.png", "normal/a.png")
    labelled = _label("filename,age\na.png,1\n", images, _table(path="**/{filename}"))
    assert labelled.with_row == set()
    assert "covid/a.png, normal/a.png" in labelled.problems[0].what


def test_two_columns_may_name_an_image() -> None:
    table = _table(path="{folder}/{name}.*")
    labelled = _label("folder,name,age\ncovid,a,1\nnormal,b,2\n", FOLDERS[:2], table)
    assert labelled.problems == []
    assert labelled.with_row == set(FOLDERS[:2])


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ({}, {"images/d.PNG"}),
        ({"ignore_case": True}, {"images/d.PNG", "images/A.jpeg"}),
        ({"ignore_ending": True}, {"images/d.PNG", "images/b.jpg"}),
        (
            {"ignore_case": True, "ignore_ending": True},
            {"images/d.PNG", "images/A.jpeg", "images/b.jpg", "images/C.JPG"},
        ),
    ],
)
def test_names_may_differ_in_case_and_ending_where_the_configuration_says_so(
    rule: dict[str, bool], found: set[str]
) -> None:
    images = ("images/A.jpeg", "images/b.jpg", "images/C.JPG", "images/d.PNG", "images/D.png")
    csv = "filename,age\na.jpeg,1\nb.png,2\nc.png,3\nd.PNG,4\n"
    labelled = _label(csv, images, _table(**rule))
    assert labelled.with_row == found


@pytest.mark.parametrize(
    "written",
    [
        "./{}",
        "/{}",
        ".\\{}",
        "\ufeff{}",
        "\u200b{}\u200e",
        "images/{}",
        "images\\{}",
        "%2E/{}",
        ".//{}",
    ],
)
def test_what_programs_put_before_a_name_is_no_part_of_it(written: str) -> None:
    labelled = _label(f"filename,age\n{written.format('a.png')},1\n", ("images/a.png",))
    assert labelled.by_path["images/a.png"]["age"][0].text == "1"
    assert labelled.problems == []


def test_names_from_addresses_and_in_other_normal_forms_find_their_images() -> None:
    images = ("images/a b.png", "images/\u00e9.png", "images/c%20d.png", "images/c d.png")
    csv = "filename,age\na%20b.png,1\ne\u0301.png,2\nc%20d.png,3\n../a b.png,4\n"
    labelled = _label(csv, images)
    assert [
        texts["age"][0].text if (texts := labelled.by_path[path]) else None for path in images
    ] == ["1", "2", "3", None]
    assert _problems(labelled) == [
        ("metadata.csv", 5, "row_without_file"),
        ("images/c d.png", 0, "file_without_row"),
    ]


def test_two_files_that_differ_only_in_what_is_ignored_are_not_mixed_up() -> None:
    images = ("images/a.jpg", "images/a.png")
    labelled = _label(
        "filename,age\nA.gif,1\n", images, _table(ignore_case=True, ignore_ending=True)
    )
    assert labelled.with_row == set()
    assert labelled.problems[0].kind == "double_row"


def test_a_table_of_more_than_the_repository_is_one_line_of_problems() -> None:
    csv = "filename,age\n" + "".join(f"{i}.png,1\n" for i in range(658)) + "a.png,2\nb.png,3\n"
    labelled = _label(csv, layout=_table(partial=True))
    [problem] = labelled.problems
    assert problem.what == "658 of 660 rows are of images that are not here (partial)"
    assert labelled.with_row == set(IMAGES)


def test_of_several_tables_each_may_have_a_part_of_the_images() -> None:
    source = _source(tables=[_table(), _table(files=["test.csv"], fields={"sex": "sex"})])
    files = [
        read_table(source.tables[0], "metadata.csv", b"filename,age\na.png,1\n"),
        read_table(source.tables[1], "test.csv", b"filename,sex\na.png,F\nb.png,M\n"),
    ]
    labelled = label(source, files, [*IMAGES, "images/c.png"])
    assert _problems(labelled) == [("images/c.png", 0, "file_without_row")]
    assert {name: stated[0].text for name, stated in labelled.by_path["images/a.png"].items()} == {
        "age": "1",
        "sex": "F",
    }


def test_of_several_offsets_the_first_that_says_something_counts_with_its_basis() -> None:
    offsets = [
        {"column": "symptom offset", "basis": "symptom_onset"},
        {"column": "days_to_icu", "basis": "icu", "until": True},
        {"column": "offset", "basis": "unknown"},
    ]
    csv = "filename,Symptom_offset,days to icu,offset\na.png,3,9,1\nb.png,,2,1\nc.png,,,5\n"
    images = [*IMAGES, "images/c.png"]
    labelled = _label(csv, images, _table(fields={}, offsets=offsets))
    assert labelled.problems == []
    stated = [
        {name: texts[0].text for name, texts in labelled.by_path[path].items()} for path in images
    ]
    assert stated == [
        {"offset": "3", "offset_basis": "symptom_onset"},
        {"event_offset": "2", "offset_basis": "icu"},
        {"offset": "5", "offset_basis": "unknown offset"},
    ]
