"""How rows name images, and what their columns say, as it is guessed of a table."""

from collections.abc import Iterable

import pytest

from flows.config import load
from flows.labels import table
from flows.onboarding import toml
from flows.onboarding.guess import Guess, guess
from flows.onboarding.sight import Sight
from tests.support.collection import ROOT

CONFIG = load.load(ROOT / "config")


def _guessed(paths: Iterable[str], *rows: str) -> Guess:
    text = table.read("labels.csv", "\n".join([*rows, ""]).encode())
    everything = [*paths, "labels.csv"]
    return guess(everything, {"labels.csv": text}, CONFIG.vocabulary, CONFIG.sources)


def _written(found: Guess) -> list[str]:
    return toml.write("https://github.com/owner/set", found, order=9).splitlines()


def test_rows_that_are_called_as_folders_are_of_all_images_in_them() -> None:
    paths = [f"scans/P{p}/s{s}/IM{i}.dcm" for p in range(5) for s in (1, 2) for i in range(3)]
    found = _guessed(paths, "id,age,diagnosis", *(f"P{p},{40 + p},COVID-19" for p in range(5)))
    assert 'path = "scans/{id}/"' in _written(found)
    [one] = found.tables
    assert one.key is not None
    assert (one.key.named, one.key.rows) == (30, 5)


def test_a_class_of_many_rows_is_no_folder_of_images() -> None:
    paths = [f"{name}/{i}.png" for name in ("covid", "normal") for i in range(4)]
    found = _guessed(
        paths, "who,class", *(f"x{i},{path.split('/')[0]}" for i, path in enumerate(paths))
    )
    assert [one.key for one in found.tables] == [None]


@pytest.mark.parametrize(
    ("cells", "is_marked"),
    [
        ((("1", "0"), ("0", "1"), ("0", "0")), True),
        ((("True", "False"), ("False", "True"), ("", "")), True),
        ((("1.0", ""), ("0.0", "1.0"), ("-1.0", "0.0"), ("1.0", "0.0"), ("0.0", "1.0")), True),
        ((("0.93", "0.07"), ("0.12", "0.88"), ("0.5", "0.5")), False),
        ((("0", "0"), ("0", "0"), ("0", "0")), False),
    ],
)
def test_columns_that_are_called_after_findings_are_marked_ones_where_they_say_yes_or_no(
    cells: tuple[tuple[str, str], ...], *, is_marked: bool
) -> None:
    rows = [f"{i}.png,{','.join(one)},7" for i, one in enumerate(cells)]
    found = _guessed(
        (f"x/{i}.png" for i in range(len(cells))), "file,COVID-19,No_Finding,Height", *rows
    )
    lines = [line for line in _written(found) if line.startswith("marked")]
    doubts = 'marked = ["covid-19", "no finding"]  # ? findings, by the columns\' names'
    assert lines == ([doubts] if is_marked else [])


def test_a_column_that_counts_days_never_names_images() -> None:
    paths = [f"x/{i}.png" for i in range(8)]
    rows = [f"{i}.PNG,{i},{-i}" for i in range(8)]
    lines = _written(_guessed(paths, "filename,symptom offset,admission offset", *rows))
    assert 'path = "x/{filename}"' in lines
    offsets = [line for line in lines if "offsets = " in line]
    assert [line.startswith("# ? ") for line in offsets] == [True, True]
    assert all("since that event, or until it?" in line for line in offsets)


def test_numbers_in_a_column_that_is_not_called_after_files_are_never_certain() -> None:
    paths = [f"x/{i}.png" for i in range(8)]
    [line] = [
        line
        for line in _written(_guessed(paths, "ward,age", *(f"{i},{40 + i}" for i in range(8))))
        if line.startswith("path = ")
    ]
    assert toml.MARK in line


def test_a_table_that_contradicts_a_part_of_a_folders_name_is_reported() -> None:
    paths = [f"CT_COVID/{i}.png" for i in range(4)]
    found = _guessed(paths, "file,label", *(f"{i}.png,No finding" for i in range(4)))
    assert found.rules == []
    doubts = "CT_COVID/: 4 of 4 files are something else in labels.csv, so such names are not used"
    assert doubts in found.doubts


def test_marked_columns_contradict_names_of_files_too() -> None:
    paths = [f"x/COVID-{i:04}.png" for i in range(4)]
    rows = [f"COVID-{i:04}.png,{int(i > 1)},{int(i < 2)}" for i in range(4)]
    found = _guessed(paths, "file,COVID-19,No_Finding", *rows)
    assert found.rules == []
    [doubts] = [one for one in found.doubts if one.startswith("names with COVID: ")]
    assert "2 of 4 files are something else in labels.csv" in doubts


def test_archives_are_said_to_be_unread() -> None:
    found = _guessed(["data/a.zip", "x/1.png"], "file", "1.png")
    assert "what is in archives is not read: 1 file, such as data/a.zip" in found.doubts


def test_headers_that_a_converter_made_are_not_believed() -> None:
    paths = [f"dataset/DCM{c}/m-s{n:04}.dcm" for c in (1, 2) for n in (1, 2)]
    sights = {path: Sight("application/dicom", 512, 512, 9.0, "OT") for path in paths}
    found = guess(paths, {}, CONFIG.vocabulary, CONFIG.sources, sights)
    assert found.always["modality"][0] == "CT"
    assert any("ignore_headers" in one for one in found.doubts)
    lines = _written(found)
    assert 'match = "(^|/)(?P<patient>DCM\\\\d+)/"  # ? by folders: 2 patients of 4 files' in lines


@pytest.mark.parametrize(
    ("folder", "template"), [("", "{folder}/{filename}"), ("data/", "**/{folder}/{filename}")]
)
def test_names_that_are_in_two_folders_are_told_apart_by_a_column(
    folder: str, template: str
) -> None:
    both = [(one, i) for one in ("images", "volumes") for i in range(4)]
    paths = [f"{folder}{one}/{i}.png" for one, i in both]
    found = _guessed(paths, "folder,filename,finding", *(f"{f},{i}.png,COVID-19" for f, i in both))
    assert f'path = "{template}"' in _written(found)


def test_a_key_that_names_images_twice_is_never_certain() -> None:
    paths = [f"{folder}/{i}.png" for folder in ("images", "volumes") for i in range(4)]
    rows = [f"{i}.png,COVID-19" for i in (*range(4), *range(4))]
    [line] = [
        one for one in _written(_guessed(paths, "filename,finding", *rows)) if "path =" in one
    ]
    assert toml.MARK in line


@pytest.mark.parametrize("begin", ["./data/", "data/", ".\\data\\"])
def test_paths_may_be_written_as_other_programs_do(begin: str) -> None:
    paths = [f"data/{i}.png" for i in range(4)]
    found = _guessed(paths, "image_path,label", *(f"{begin}{i}.png,COVID-19" for i in range(4)))
    assert 'path = "{image path}"' in _written(found)


def test_a_table_that_names_no_image_does_not_hide_what_folders_say() -> None:
    found = _guessed([f"COVID/{i}.png" for i in range(3)], "who,label", "x,COVID-19", "y,Normal")
    assert found.always["label_basis"][0] == "folder_name"


def test_many_folders_that_numbers_tell_apart_are_one_pattern() -> None:
    paths = [f"sub-S{n:04}/ses-1/a.png" for n in range(30)]
    assert _guessed(paths, "who", "x").images == ["/sub-S[0-9]*/"]


def test_what_is_ignored_though_nothing_says_that_it_is_no_picture_is_marked() -> None:
    paths = ["x/1.png", "raw/1.mha", "raw/2.mha", "src/net.py", "Makefile", ".github/a", "b.npy"]
    lines = _written(_guessed(paths, "who", "x"))
    ignored = [line.strip() for line in lines if line.startswith("  ")]
    assert ignored == [
        '"/.github/",',
        '"/Makefile",',
        '"/src/",',
        '"/*.npy",  # ? 1 file that cannot be read as pictures (.npy)',
        '"/raw/",  # ? 2 files that cannot be read as pictures (.mha)',
    ]
