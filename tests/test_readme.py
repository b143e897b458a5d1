"""What the README says is so."""

import re
import shutil
from pathlib import Path

import pytest

from tests.support import warm
from tests.support.collection import ROOT
from tests.support.demo import Demo, demo

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return demo(tmp_path_factory)


def test_the_demo_prints_what_the_readme_shows(shown: Demo) -> None:
    expected = re.search(r"<!-- output: demo -->\n```\n(.*?)```", README, re.DOTALL)
    assert expected
    printed = {line.strip() for line in shown.printed.splitlines()}
    missing = [line for line in expected[1].splitlines() if line.strip() not in printed]
    assert not missing
    assert not re.search(r" $|\n\n\n", shown.printed, re.MULTILINE)


@pytest.mark.slow
def test_the_commands_of_the_readme_run_in_a_collection(shown: Demo, tmp_path: Path) -> None:
    folder = shutil.copytree(shown.folder, tmp_path / "demo")
    commands = re.findall(r"^    python (-m flows sync[^#\n]*)", README, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        _, program, *words = command.replace("NAME", "hospital-ct").split()
        extra = [] if "--direct" in words else ["--direct"]
        done = warm.run(program, *words, *extra, folder=folder / "collection")
        assert done.returncode in (0, 1), done.stderr


def test_the_python_of_the_readme_runs(shown: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(shown.collection)
    names: dict[str, object] = {}
    exec(code, names)
    assert len(names["records"]) == 68  # type: ignore[arg-type]


def test_the_make_tasks_of_the_readme_exist() -> None:
    tasks = set(re.findall(r"(?:`|^ +)make ([a-z]+)", README, re.MULTILINE))
    assert {"demo", "test", "bench"} <= tasks
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(re.search(rf"^{task}:", makefile, re.MULTILINE) for task in tasks)


def test_every_link_into_the_repository_leads_somewhere() -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / link).exists(), link
