"""The command line for people who use images."""

import csv
import io
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

import covid19_images
from covid19_images.cli.app import app
from covid19_images.duplicates import Same
from flows.demo.copies import copy
from flows.demo.copies import encode as written
from flows.demo.radiograph import radiograph
from tests.support import local_copy

COMMAND = "from covid19_images.cli.app import app; app()"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["duplicates", *words])


@cache
def _drawn() -> dict[str, bytes]:
    original = written(radiograph(120), "jpeg", quality=92)
    other = written(radiograph(121), "jpeg", quality=92)
    copies = {f"[{kind}].jpeg": copy(original, kind) for kind in ("cropped", "flipped", "bytes")}
    return {"original.jpeg": original, "other.jpeg": other, "notes.txt": b"not a picture"} | copies


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a radiograph, three copies of it, another one, and a text."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name, content in _drawn().items():
        (pictures / name).write_bytes(content)
    return pictures


def test_all_copies_in_a_folder_are_found_with_their_kinds(folder: Path) -> None:
    found = covid19_images.find_duplicates(folder)
    kinds = {
        frozenset((pair.a, pair.b)): pair.verdict.kind
        for pair in found.pairs
        if isinstance(pair.verdict, Same) and "original.jpeg" in (pair.a, pair.b)
    }
    assert kinds == {
        frozenset((f"[{kind}].jpeg", "original.jpeg")): kind
        for kind in ("cropped", "flipped", "bytes")
    }
    assert not any("other.jpeg" in (pair.a, pair.b) for pair in found.pairs)
    assert [file.path for file in found.refused] == ["notes.txt"]


def test_the_table_names_every_copy_and_the_exit_code_says_that_there_are_some(
    folder: Path,
) -> None:
    done = run(str(folder))
    assert done.exit_code == 1
    assert "[cropped].jpeg" in done.stdout
    assert "5 pictures, 3 copies." in done.stdout
    assert "not read: notes.txt" in done.stdout


def test_no_file_name_steers_the_terminal(folder: Path) -> None:
    odd = "\x1b]0;title\x07\x1b[31m\u202e"
    (folder / "original.jpeg").rename(folder / f"{odd}.jpeg")
    (folder / "notes.txt").rename(folder / f"{odd}.txt")
    done = run(str(folder))
    assert done.exit_code == 1
    assert "�]0;title��[31m�" in done.stdout
    assert not [mark for mark in done.stdout if not (mark.isprintable() or mark == "\n")]


def test_csv_is_for_programs(folder: Path) -> None:
    # In a process of its own, as programs start it.
    started = [sys.executable, "-c", COMMAND, "duplicates", str(folder), "--csv"]
    done = subprocess.run(started, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["kind"] for row in rows} >= {"cropped", "flipped", "bytes"}


def test_the_page_shows_the_pictures_and_asks_nothing_of_the_network(folder: Path) -> None:
    page = folder.parent / "page.html"
    run(str(folder), "--html", str(page))
    text = page.read_text(encoding="utf-8")
    assert text.count("data:image/jpeg;base64,") >= 6
    assert "http://" not in text
    assert "https://" not in text


def test_a_page_that_cannot_be_written_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    done = run(str(folder), "--html", str(tmp_path / "absent" / "page.html"))
    assert done.exit_code == 2
    assert done.stderr.startswith("error: ")
    assert "page.html cannot be written: No such file or directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = run(str(tmp_path / "nothing"))
    assert done.exit_code == 2
    assert "is not a folder. Name one that holds pictures." in done.stderr


def test_a_layout_that_there_is_not_is_named_with_all_there_are(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["organize", str(tmp_path / "out"), "--for", "nnUNetv2"])
    assert done.exit_code == 2
    assert "there are imagefolder, huggingface, webdataset, csv, monai, torchio" in done.output
    assert "Did you mean 'nnunet'?" in done.output


def test_predictions_that_are_not_there_are_an_error_in_one_sentence(tmp_path: Path) -> None:
    copy = local_copy.make(tmp_path / "copy")
    file = tmp_path / "absent.csv"
    done = CliRunner().invoke(app, ["score", str(file), "--root", str(copy.folder)])
    assert done.exit_code == 2
    words = f"error: {file} cannot be read: No such file or directory. Nothing was scored."
    assert done.output.strip() == words


def test_masks_that_are_missing_or_too_much_are_named_as_the_command_line_does(
    tmp_path: Path,
) -> None:
    plain = ["organize", str(tmp_path / "out"), "--root", str(tmp_path / "absent")]
    done = CliRunner().invoke(app, [*plain, "--for", "nnunet"])
    assert (done.exit_code, done.output) == (
        2,
        "error: --for nnunet writes masks as labels: name one, as --mask lung.\n",
    )
    done = CliRunner().invoke(app, [*plain, "--mask", "lung"])
    assert (done.exit_code, done.output) == (
        2,
        "error: --mask is of volumes: ask for --for monai, torchio, nnunet with it.\n",
    )
