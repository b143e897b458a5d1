"""What the README says is so."""

import re
from pathlib import Path

import pytest

from tests.support import warm
from tests.support.collection import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The demo, run once, and what it printed."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    done = warm.run("flows", "demo", "--direct", "--folder", str(folder))
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_the_demo_prints_what_the_readme_shows(demo: tuple[Path, str]) -> None:
    shown = re.search(r"<!-- output: demo -->\n```\n(.*?)```", README, re.DOTALL)
    assert shown
    printed = {line.strip() for line in demo[1].splitlines()}
    missing = [line for line in shown[1].splitlines() if line.strip() not in printed]
    assert not missing


def test_the_commands_of_the_readme_run_in_a_collection(demo: tuple[Path, str]) -> None:
    commands = re.findall(r"^    python (-m flows sync[^#\n]*)", README, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        _, program, *words = command.replace("NAME", "hospital-ct").split()
        extra = [] if "--direct" in words else ["--direct"]
        done = warm.run(program, *words, *extra, folder=demo[0] / "collection")
        assert done.returncode in (0, 1), done.stderr


def test_the_python_of_the_readme_runs(
    demo: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(demo[0] / "collection")
    names: dict[str, object] = {}
    exec(code, names)
    assert len(names["records"]) == 68  # type: ignore[arg-type]


def test_the_make_tasks_of_the_readme_exist() -> None:
    tasks = set(re.findall(r"make ([a-z]+)", README))
    assert {"demo", "test", "bench"} <= tasks
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(re.search(rf"^{task}:", makefile, re.MULTILINE) for task in tasks)


def test_every_link_into_the_repository_leads_somewhere() -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / link).exists(), link
