"""Seeing what one has."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import covid19_images as c19
from covid19_images.cli.app import app
from covid19_images.download.copy import LocalCopy
from tests.support import local_copy


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> LocalCopy:
    return local_copy.make(tmp_path_factory.mktemp("copy"), count=40)


def test_a_summary_counts_by_source_class_and_split(copy: LocalCopy) -> None:
    table = c19.summary("xray", root=copy.folder)
    assert table.loc[("journal", "positive")].to_dict() == {
        "train": 14,
        "validation": 2,
        "test": 4,
        "all": 20,
    }
    assert table["all"].sum() == 44


def test_a_montage_takes_turns_between_classes(copy: LocalCopy) -> None:
    sheet = c19.montage("xray", "train", rows=2, columns=3, tile=64, root=copy.folder)
    assert sheet.size == (3 * 68 - 4, 2 * 94 - 4)
    assert np.asarray(sheet).std() > 20
    again = c19.montage("xray", "train", rows=2, columns=3, tile=64, root=copy.folder)
    assert sheet.tobytes() == again.tobytes()


def test_commands_organize_and_count(
    copy: LocalCopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COVID19_IMAGES_FROM", str(tmp_path / "no-releases"))
    root = ["--root", str(copy.folder)]
    run = CliRunner().invoke(app, ["organize", str(tmp_path / "out"), "--size", "64", *root])
    assert run.exit_code == 0, run.output
    assert "46 images of train, validation, test, 64 × 64" in run.stdout
    assert len(list((tmp_path / "out").glob("*/*/*.png"))) == 46
    run = CliRunner().invoke(app, ["summary", "--modality", "xray", *root])
    assert run.exit_code == 0
    assert "journal" in run.stdout
    run = CliRunner().invoke(app, ["organize", str(tmp_path / "x"), "--label", "covids", *root])
    assert (run.exit_code, run.stderr[:30]) == (2, "error: There is no label 'covi")
    run = CliRunner().invoke(app, ["summary", "--root", str(tmp_path / "nowhere")])
    assert run.exit_code == 2
    assert "cannot be downloaded now" in run.stderr
