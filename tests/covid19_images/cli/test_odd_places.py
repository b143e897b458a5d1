"""A place that is none, whichever command is sent there: a sentence, and nothing of a password."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from covid19_images.cli.app import app

COMMANDS = (
    ["info", "{}"],
    ["verify", "{}"],
    ["update", "{}"],
    ["download", "copy", "--from", "{}"],
    ["audit", "{}"],
    ["duplicates", "{}"],
    ["check", "{}"],
    ["score", "{}"],
)


def _refused(words: Sequence[str]) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code in (1, 2), (words, done.output, done.exception)
    assert done.output.startswith("error: "), done.output
    return str(done.output)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_a_place_that_is_none_is_a_sentence(
    words: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COVID19_IMAGES_DIR", str(tmp_path / "file"))
    file, loop = tmp_path / "file", tmp_path / "loop"
    file.write_text("hello\n", encoding="ascii")
    loop.symlink_to(loop)
    for place in (file, file / "below", loop, tmp_path / ("n" * 300)):
        _refused([word.format(place) for word in words])


@pytest.mark.parametrize("url", ["https://jane:secret-77@127.0.0.1:1/", "https://[::1"])
def test_an_address_that_is_none_is_a_sentence_without_its_password(
    url: str, tmp_path: Path
) -> None:
    printed = _refused(["download", str(tmp_path / "copy"), "--from", url])
    assert "was not asked" in printed
    assert "secret-77" not in printed


def test_a_table_does_not_steer_the_terminal(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("\x1b[31mx,y\n1,2\n", encoding="ascii")
    for command in ("audit", "score"):
        assert "\x1b" not in _refused([command, str(table)])
