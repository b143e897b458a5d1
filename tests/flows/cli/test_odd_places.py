"""A folder that is none, whichever command is sent there: a sentence and exit code 2."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli.app import app
from tests.support.collection import Collection
from tests.support.upstream import git

COMMANDS = (
    ["status", "--offline"],
    ["check"],
    ["history", "x/y"],
    ["statements", "x/y"],
    ["suspects"],
    ["manifest", "diff", "HEAD", "HEAD"],
    ["site"],
    ["sync", "--direct"],
    ["release", "--direct"],
    ["doctor"],
    ["withdraw", "x/y", "--why", "z"],
    ["sources", "check"],
    ["sources", "remove", "x"],
    ["sources", "rename", "x", "y"],
    ["propose", "plan"],
    ["acknowledge", "1", "2"],
)


def places(folder: Path) -> list[Path]:
    """Return a file, what would be below it, a link to itself, and a name that is too long."""
    file, loop = folder / "file", folder / "loop"
    file.touch()
    loop.symlink_to(loop)
    return [file, file / "below", loop, folder / ("n" * 300)]


def _refused(words: Sequence[str], *more: str) -> str:
    done = CliRunner().invoke(app, [*words, *more])
    assert done.exit_code == 2, (words, more, done.output, done.exception)
    assert done.output.startswith("error: ")
    return str(done.output)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_a_checkout_that_is_no_folder_is_named(words: Sequence[str], tmp_path: Path) -> None:
    for place in (*places(tmp_path), tmp_path / "none"):
        assert f"--checkout {place} is no folder" in _refused(words, "--checkout", str(place))


def test_a_cache_that_can_be_no_folder_is_named(tmp_path: Path) -> None:
    *odd, _ = places(tmp_path)
    for words in (["status", "--offline"], ["suspects"], ["site"], ["release", "--direct"]):
        for place in odd:
            printed = _refused(words, "--checkout", str(tmp_path), "--cache", str(place))
            assert f"--cache {place} cannot be a folder" in printed


def test_a_file_where_the_cache_is_to_be_is_a_sentence(tmp_path: Path) -> None:
    made = Collection(tmp_path / "collection")
    cache = made.folder / ".cache"  # where nobody names another
    cache.touch()
    done = CliRunner().invoke(app, ["status", "--offline", "--checkout", str(made.folder)])
    assert isinstance(done.exception, SystemExit), done.exception
    assert "Traceback" not in done.output


def test_a_clone_without_a_commit_is_a_sentence(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert "has no commit yet" in _refused(["check"], "--checkout", str(tmp_path))
