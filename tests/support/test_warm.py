"""A program that is a fork behaves as one that is started."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import warm
from tests.support.collection import ROOT


def started(*words: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flows", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("sync", "--direct"), marks=pytest.mark.slow),
        ("sync", "--wrong"),
        pytest.param(("sync", "--help"), marks=pytest.mark.slow),
    ],
)
def test_it_ends_and_writes_as_one_that_is_started(words: tuple[str, ...], tmp_path: Path):
    forked, cold = warm.run("flows", *words, folder=tmp_path), started(*words, folder=tmp_path)
    assert (forked.returncode, forked.stdout, forked.stderr) == (
        cold.returncode,
        cold.stdout,
        cold.stderr,
    )


def test_it_has_its_own_variables_and_folder_and_leaves_nothing_to_the_next(tmp_path: Path):
    (tmp_path / "shows.py").write_text(
        "import os, sys\n"
        "print(os.environ.get('ONE'), os.environ.get('HOME'), os.getcwd(), sys.argv[1:])\n"
        "os.environ['ONE'] = 'left behind'\n"
    )
    for value in ("1", "2"):
        variables = {"ONE": value, "HOME": None}
        done = warm.run("shows", "a b", folder=tmp_path, variables=variables)
        assert done.stdout == f"{value} None {tmp_path} ['a b']\n"


def test_a_signal_and_a_traceback_are_those_of_the_program(tmp_path: Path):
    (tmp_path / "dies.py").write_text("import os\nos.kill(os.getpid(), 9)\n")
    (tmp_path / "fails.py").write_text("raise ValueError('odd')\n")
    assert warm.run("dies", folder=tmp_path).returncode == -signal.SIGKILL
    failed = warm.run("fails", folder=tmp_path)
    assert failed.returncode == 1
    assert "ValueError: odd" in failed.stderr


def test_a_script_finds_it_where_it_looks_for_python(tmp_path: Path):
    script = '"$1" -m flows sync --wrong | cat; echo "${PIPESTATUS[0]} $("$1" -c "print(6 * 7)")"'
    with warm.stand_in(tmp_path / "bin" / "python"):
        words = ["bash", "-c", script, "bash", str(tmp_path / "bin" / "python")]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "2 42\n"
    assert done.stderr == warm.run("flows", "sync", "--wrong").stderr
