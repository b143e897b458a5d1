"""What tells a label without the lungs: a set in which the source does fails."""

import json
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

import covid19_images as c19
from covid19_images.checks.audit import audit
from covid19_images.checks.shortcuts.listed import SetError
from covid19_images.checks.shortcuts.seen import SOURCE
from covid19_images.checks.shortcuts.verdict import Audit
from covid19_images.cli.app import app
from tests.covid19_images.checks.shortcuts import sets
from tests.support import local_copy

MARKERS = "text markers at the edges"


@pytest.fixture(scope="module")
def as_covidx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sets.write(tmp_path_factory.mktemp("covidx"), sets.AS_COVIDX)


@pytest.fixture(scope="module")
def found(as_covidx: Path) -> Audit:
    return audit(as_covidx)


@pytest.fixture(scope="module")
def balanced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sets.write(tmp_path_factory.mktemp("balanced"), sets.BALANCED)


@pytest.fixture(scope="module")
def passed(balanced: Path) -> Audit:
    return audit(balanced)


def test_a_split_made_as_that_of_covidx8b_fails(found: Audit) -> None:
    assert not found.passes
    of_source = {one.split: one.auc for one in found.figures if one.sees == SOURCE}
    assert of_source == {"train": 1.0, "test": 1.0}
    assert found.sentence.startswith("The name of the source alone tells positive in ")
    assert repr(found).startswith("FAILS: ")


def test_a_source_balanced_split_passes(passed: Audit) -> None:
    assert passed.passes
    assert passed.is_measured
    assert all(one.low is not None and one.low <= 0.55 for one in passed.figures)
    assert passed.by_others == ()


def test_every_kind_of_feature_is_measured_by_split_and_with_each_source_held_out(
    passed: Audit,
) -> None:
    assert Counter((one.split, one.held_out) for one in passed.figures) == {
        ("train", None): 8,
        ("test", None): 8,
        ("all", "one"): 7,
        ("all", "two"): 7,
        ("all", "three"): 7,
    }


def test_the_folder_of_a_table_and_the_table_are_one_set(as_covidx: Path, found: Audit) -> None:
    assert audit(as_covidx.parent).figures == found.figures


@pytest.mark.parametrize(
    ("plant", "sees"),
    [
        (lambda grey: cv2.copyMakeBorder(grey[4:-4, 4:-4], 4, 4, 4, 4, 0), "border of the picture"),
        (lambda grey: cv2.putText(grey // 3, "L", (2, 14), 0, 0.5, 255, 1), MARKERS),
        (lambda grey: grey // 2 + 120, "brightness of the picture"),
        (lambda grey: cv2.resize(grey, (64, 80)), "size and shape of the file"),
    ],
    ids=["border", "marker", "brightness", "size"],
)  # fmt: skip
def test_what_is_planted_in_class_folders_is_found(tmp_path: Path, plant, sees: str) -> None:
    random = np.random.default_rng(1)
    for word in ("ill", "well"):
        (tmp_path / word).mkdir()
        for at in range(40):
            grey = cv2.resize(random.integers(0, 255, (9, 9), dtype=np.uint8), (64, 64))
            changed = plant(grey) if word == "ill" else grey
            cv2.imwrite(str(tmp_path / word / f"{at}.png"), changed)
    found = audit(tmp_path)
    assert not found.knows_sources
    assert sees in {one.sees for one in found.failures}


def test_files_that_are_missing_broken_or_outside_are_counted(tmp_path: Path) -> None:
    table = sets.write(tmp_path / "set", {("train", "a", "x"): 25, ("train", "a", "y"): 25})
    (tmp_path / "set/images/broken.png").write_bytes(b"no picture")
    more = "p,images/none.png,x,a,train\np,images/broken.png,x,a,train\np,../secret.png,x,a,train\n"
    table.write_text(table.read_text() + more)
    assert audit(table).left_out == (
        ("that cannot be read", 1),
        ("whose file is not there", 1),
        ("whose path leads out of the folder", 1),
    )


def test_too_few_pictures_are_no_verdict(tmp_path: Path) -> None:
    found = audit(sets.write(tmp_path / "set", {("all", "a", "x"): 5, ("all", "b", "y"): 5}))
    assert found.passes
    assert not found.is_measured
    assert found.sentence.startswith("Too few pictures")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("filename,source\na.png,b\n", "has no column of a label"),
        ("label\nx\n", "has no column of a path"),
        ("path,label\n", "No picture can be audited"),
    ],
)
def test_a_table_that_says_too_little_is_refused_with_what_to_do(
    tmp_path: Path, text: str, sentence: str
) -> None:
    (tmp_path / "set.csv").write_text(text)
    with pytest.raises(SetError, match=sentence):
        audit(tmp_path)


def test_a_copy_and_what_a_loader_gives_are_audited(tmp_path: Path) -> None:
    copy = local_copy.make(tmp_path, count=60)
    found = audit(copy.folder)
    chosen = c19.select(root=copy.folder)
    assert found.images == len(chosen) > 40
    assert audit(chosen).figures == found.figures


def test_the_command_fails_and_passes(as_covidx: Path, balanced: Path, tmp_path: Path) -> None:
    failed = CliRunner().invoke(app, ["audit", str(as_covidx)])
    assert failed.exit_code == 1
    assert "FAILS: The name of the source alone tells positive" in failed.output
    passed = CliRunner().invoke(app, ["audit", str(balanced), "--json"])
    assert passed.exit_code == 0
    assert json.loads(passed.stdout)["schema"] == 1
    few = sets.write(tmp_path / "few", {("all", "a", "x"): 2, ("all", "b", "y"): 2})
    table = CliRunner().invoke(app, ["audit", str(few), "--csv"]).output
    assert table.startswith("sees,label,split,held_out,auc,low,high,positive,negative\n")
    assert CliRunner().invoke(app, ["audit", str(tmp_path / "none")]).exit_code == 2
