"""The first evening in docs/first-evening.md runs as it is written, on a small release."""

import re
import shlex
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from covid19_images.cli.app import app
from covid19_images.release.index import MANIFEST
from tests.support import local_copy
from tests.support.collection import ROOT

TEXT = (ROOT / "docs" / "first-evening.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(sh|python)\n(.*?)```", TEXT, re.DOTALL)
SAYS = {
    "download": "holds release",
    "info": "images",
    "summary": "journal",
    "score": "specificity",
    "baseline": "what leakage pays",
    "check": "1 of your 1 picture is in the collection's",
    "organize": "in folders",
}


def test_every_command_of_the_first_evening_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = local_copy.make(tmp_path / "held", count=60)
    releases = local_copy.publish(held, tmp_path / "releases")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COVID19_IMAGES_DIR", str(tmp_path / "covid19"))
    mine = tmp_path / "mine"
    mine.mkdir()
    picture = Image.fromarray(local_copy.lungs(4, ill=True))
    picture.save(mine / "own.png")
    messages = []
    for kind, text in BLOCKS:
        if kind == "python":
            exec(text, {})
            continue
        for line in text.splitlines():
            program, command, *words = shlex.split(line)
            assert program == "covid19-images"
            extra = ["--from", str(releases)] if command == "download" else []
            done = CliRunner().invoke(app, [command, *words, *extra])
            assert done.exit_code == int(command == "check"), done.output
            assert SAYS[command] in done.output
            messages.append(command)
    assert sorted(messages) == sorted(SAYS)
    assert {"montage.png", "predictions.csv", "check.html", "folders"} <= _names(tmp_path)
    assert MANIFEST in _names(tmp_path / "covid19")


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
