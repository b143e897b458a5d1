"""The baseline: the same each time, honest about sources, and telling of what leakage pays."""

import csv
import io
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import covid19_images as c19
from covid19_images.checks.baseline import NOT_MEANT
from covid19_images.checks.baseline.predictions import PredictionsError
from covid19_images.checks.baseline.run import Baseline
from covid19_images.cli.app import app
from covid19_images.dataset.arguments import SelectionError
from covid19_images.release.row import Row
from tests.covid19_images.download.copies import VERSION, record, write_copy
from tests.support.local_copy import SIDES, lungs
from tests.support.pictures import encoded

LEARNT, BLIND, ALONE = "can-be-learnt", "cannot-be-learnt", "one-class"
PATIENTS = 60


def _file(seed: int, *, ill: bool, brighter: int = 0) -> bytes:
    grey = cv2.add(lungs(seed, ill=ill, size=(96, 96)), brighter)
    return encoded(Image.fromarray(np.asarray(grey, np.uint8)))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sources: in one the ill have a mark, in the other nothing but copies tells of them."""
    rows, members = [], {}
    coins = np.random.default_rng(5).random(PATIENTS) < 0.5

    def add(source: str, name: str, content: bytes, at: int, *, ill: bool, of: str = "") -> None:
        made = record(
            name,
            content,
            source=source,
            modality="XR",
            finding=("COVID-19",) if ill else ("No finding",),
            split=SIDES[at // 2 % len(SIDES)],
            group=f"{source}/{at}",
            duplicate_of=f"{source}/{of}" if of else None,
            duplicate_kind="adjusted" if of else None,
        )
        member = f"{made.image_id}.png"
        members[member] = content
        plain = {"commit": "c", "added_in": VERSION, "changed_in": VERSION}
        rows.append(Row(record=made, shard="images-set-00000.tar", member=member, **plain))  # type: ignore[arg-type]

    for at in range(PATIENTS):
        add(LEARNT, f"{at}.png", _file(at, ill=at % 2 == 0), at, ill=at % 2 == 0)
        ill = bool(coins[at])
        add(BLIND, f"{at}.png", _file(500 + at, ill=False), at, ill=ill)
        for brighter in (9, 18):
            content = _file(500 + at, ill=False, brighter=brighter)
            add(BLIND, f"{at}-{brighter}.png", content, at, ill=ill, of=f"{at}.png")
    for at in range(40):
        add(ALONE, f"{at}.png", _file(900 + at, ill=True), at, ill=True)
    folder = tmp_path_factory.mktemp("baseline") / "copy"
    write_copy(folder, rows, {"images-set-00000.tar": members})
    return folder


@pytest.fixture(scope="module")
def trained(copy: Path) -> Baseline:
    return c19.baseline(root=copy)


def test_what_can_be_learnt_is_learnt_and_what_cannot_is_not(trained: Baseline) -> None:
    found = {one.name: one for one in trained.measured.test}
    learnt, blind = found[LEARNT].auc, found[BLIND].auc
    assert learnt is not None
    assert blind is not None
    assert learnt.value > 0.9
    assert blind.low < 0.5 < blind.high
    assert found[LEARNT].images == found[BLIND].images == 12  # copies are not scored


def test_a_source_is_also_scored_without_having_been_seen(trained: Baseline) -> None:
    found = {one.name: one for one in trained.measured.unseen}
    assert {name: one.images for name, one in found.items()} == {LEARNT: 60, BLIND: 60, ALONE: 40}
    assert found[ALONE].auc is None
    assert found[ALONE].specificity is None
    assert found[ALONE].sensitivity is not None


def test_copies_on_both_sides_pay_and_the_report_says_how_much(trained: Baseline) -> None:
    leakage = trained.measured.leakage
    assert (leakage.images, leakage.copies) == (280, 120)
    for ways in (leakage.mixed, leakage.within):
        assert ways.pays is not None
        assert ways.pays.low > 0.05
    assert "what leakage pays" in repr(trained)


def test_it_says_what_its_figures_do_not_mean(trained: Baseline) -> None:
    assert repr(trained).endswith(NOT_MEANT)
    assert trained.document()["not_meant"] == NOT_MEANT


def test_a_second_run_is_the_same_to_the_last_bit_and_its_predictions_score_as_it_says(
    copy: Path, trained: Baseline, tmp_path: Path
) -> None:
    file = tmp_path / "predictions.csv"
    done = CliRunner().invoke(app, ["baseline", "--root", str(copy), "--predictions", str(file)])
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == repr(trained)
    assert file.read_text() == trained.predictions()
    scored = c19.score(file, root=copy)
    assert scored.scores == trained.measured.test
    assert scored.missing == 0
    asked = ["score", str(file), "--root", str(copy), "--json"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["scores"][0]["images"] == scored.scores[0].images
    assert NOT_MEANT in repr(scored)


def test_predictions_may_name_images_by_key(copy: Path, trained: Baseline, tmp_path: Path) -> None:
    keys = {record.image_id: record.key for record in trained.subjects.records}
    rows = csv.DictReader(io.StringIO(trained.predictions()))
    lines = [f"{keys[row['image_id']]},{row['score']}\n" for row in rows]
    (tmp_path / "mine.csv").write_text("key,score\n" + "".join(lines))
    assert c19.score(tmp_path / "mine.csv", root=copy).scores == trained.measured.test


def test_images_left_out_are_counted_and_the_command_does_not_pass(
    copy: Path, trained: Baseline, tmp_path: Path
) -> None:
    lines = trained.predictions().splitlines(keepends=True)
    test = {r.image_id for r in trained.subjects.records if r.split == "test"}
    kept = [line for line in lines if line.partition(",")[0] not in sorted(map(str, test))[:3]]
    (tmp_path / "some.csv").write_text("".join(kept))
    done = CliRunner().invoke(app, ["score", str(tmp_path / "some.csv"), "--root", str(copy)])
    assert done.exit_code == 1
    assert "Without a prediction: " in done.stdout


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("id,score\nx,1\n", "needs the columns image_id"),
        ("image_id,score\nx,high\n", r"wrong\.csv:2: score is 'high'"),
        ("image_id,score\nx,nan\n", "it is a number"),
        ("image_id,score\nx\n", "it is a number"),
        ("image_id,score\nx,1\nx,0\n", "another score of x"),
        ("image_id,score\nx,1\n", "predicts none"),
        ("", "needs the columns"),
    ],
)
def test_predictions_that_cannot_be_scored_are_one_sentence(
    copy: Path, tmp_path: Path, text: str, why: str
) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text(text)
    with pytest.raises(PredictionsError, match=why):
        c19.score(file, root=copy)
    done = CliRunner().invoke(app, ["score", str(file), "--root", str(copy)])
    assert done.exit_code == 2
    assert done.stderr.startswith("error: ")


def test_a_model_that_is_not_there_is_one_sentence(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SelectionError, match="there are linear, network"):
        c19.baseline(root=copy, model="forest")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(SelectionError, match="needs PyTorch: pip install"):
        c19.baseline(root=copy, model="network")


def test_a_label_of_many_classes_is_refused_and_so_is_one_class_alone(copy: Path) -> None:
    with pytest.raises(SelectionError, match="has not two classes"):
        c19.baseline(root=copy, label="coarse3")
    with pytest.raises(SelectionError, match="one class of covid only"):
        c19.baseline(root=copy, sources=ALONE)
