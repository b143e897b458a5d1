"""`covid19-images download | verify | update | info`: what they print, and their exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from covid19_images.cli.app import app


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_copy_is_made_checked_told_and_updated(releases: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    made = run("download", "--from", releases, copy)
    assert made.exit_code == 0, made.output
    assert f"{copy} holds release 2026.11.23: " in made.stdout
    assert " to fetch." in made.stderr
    checked = run("verify", copy)
    assert (checked.exit_code, "files are right" in checked.stdout) == (0, True)
    done = run("info", copy)
    assert "films" in done.stdout
    assert "16 images, 16 of them here, 16 as originals." in done.stdout
    again = run("update", copy)
    assert again.exit_code == 0
    assert "0 files fetched" in again.stdout


def test_originals_and_squares_are_counted_apart(releases: Path, tmp_path: Path) -> None:
    run("download", "--from", releases, "--source", "films", tmp_path)
    run("download", "--from", releases, "--size", "224", tmp_path)
    output = json.loads(run("info", "--json", tmp_path).stdout)["sources"]
    assert [(s["originals"], s["squares"]) for s in output] == [
        (8, [[224, 8], [512, 0]]),
        (0, [[224, 8], [512, 0]]),
    ]
    printed = run("info", tmp_path).stdout
    assert printed.split()[:7] == ["source", "images", "originals", "224", "px", "512", "px"]
    assert "16 images, 16 of them here, 8 as originals." in printed


def test_everything_is_there_for_programs_too(releases: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    made = json.loads(run("download", "--from", releases, "--json", copy).stdout)
    assert (made["version"], made["missing"]) == ("2026.11.23", [])
    assert json.loads(run("verify", "--json", copy).stdout)["damaged"] == []
    printed = json.loads(run("info", "--json", copy).stdout)
    assert [(s["name"], s["images"], s["here"]) for s in printed["sources"]] == [
        ("films", 8, 8),
        ("slices", 8, 8),
    ]


def test_damage_is_named_and_mended(releases: Path, tmp_path: Path) -> None:
    run("download", "--from", releases, tmp_path)
    (tmp_path / "shards" / "images-films-00000.tar").write_bytes(b"torn")
    found = run("verify", tmp_path)
    assert found.exit_code == 1
    assert "damaged: shards/images-films-00000.tar" in found.stdout
    assert f"Run `covid19-images download {tmp_path}` to mend it." in found.stdout
    assert run("update", tmp_path).exit_code == 0
    assert run("verify", tmp_path).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--modality", "mri"], 2, "it must be xray or ct"),
        (["--source", "nobody"], 2, "it has: films, slices"),
        (["--size", "100"], 2, "there are: 224, 512"),
        (["--version", "2020.01.01"], 1, "has no SHA256SUMS of release 2020.01.01"),
    ],
)
def test_mistakes_are_one_sentence(
    arguments: list[str], code: int, message: str, releases: Path, tmp_path: Path
) -> None:
    done = run("download", "--from", releases, *arguments, tmp_path)
    assert done.exit_code == code
    assert message in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize("command", ["verify", "update", "info"])
def test_without_a_copy_what_to_do_is_said(command: str, tmp_path: Path) -> None:
    done = run(command, tmp_path)
    assert done.exit_code == 2
    assert f"Run `covid19-images download {tmp_path}`" in done.stderr
