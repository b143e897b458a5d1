"""What the documents show can be done: commands, configuration, Python."""

import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel, ValidationError

from covid19_images.cli.app import app as library
from flows.cli.app import app as bot
from flows.config.decisions import Decisions
from flows.config.policy import Policy
from flows.config.source import Source
from flows.demo.studies import series
from tests.support.collection import ROOT
from tests.support.demo import demo

PAGES = ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
TEXTS = {page: (ROOT / page).read_text(encoding="utf-8") for page in sorted(PAGES)}
_PROGRAM = r"(?:covid19-images(?!\.)|python -m (?:flows|benchmarks|tests)|make)\b"
_BLOCK = re.compile(rf"^(?:    )?({_PROGRAM}.*?)\s*(?:#.*)?$", re.MULTILINE)
_SPAN = re.compile(rf"`({_PROGRAM}[^`\n]*)`")


def commands(text: str) -> set[str]:
    return {found[1] for pattern in (_BLOCK, _SPAN) for found in pattern.finditer(text)}


COMMANDS = sorted(set().union(*map(commands, TEXTS.values())))


def test_the_documents_show_many_commands() -> None:
    assert len(COMMANDS) > 60


@pytest.mark.parametrize("command", [c for c in COMMANDS if not c.startswith("make")])
def test_a_command_of_the_documents_is_understood(command: str) -> None:
    words = shlex.split(command)
    program, words = (words[0], words[1:]) if words[0] != "python" else (words[2], words[3:])
    if program not in ("covid19-images", "flows"):
        found = importlib.util.find_spec(f"{program}.__main__") if program == "tests" else None
        found = found or importlib.util.find_spec(program)
        assert found is not None
        assert found.origin is not None
        source = Path(found.origin).read_text(encoding="utf-8")
        options = [word.removeprefix("--") for word in words if word.startswith("--")]
        assert all(re.search(rf'"--{one}"|^    {one}: ', source, re.MULTILINE) for one in options)
        return
    one: Any = typer.main.get_command(library if program == "covid19-images" else bot)
    while words and (inner := getattr(one, "commands", None)):
        one = inner[words.pop(0)]
    if words:  # a sentence may name a command without what it needs
        one.make_context(command, words)


def test_the_make_tasks_of_the_documents_exist() -> None:
    tasks = {found for text in TEXTS.values() for found in re.findall(r"`make ([a-z-]+)`", text)}
    tasks |= {words.split()[1] for words in COMMANDS if re.match(r"make [a-z]", words)}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert len(tasks) >= 8
    assert [task for task in tasks if not re.search(rf"^{task}:", makefile, re.MULTILINE)] == []


_SOURCE = {
    "name": "n",
    "title": "t",
    "owner": "o",
    "url": "https://github.com/o/r",
    "order": 1,
    "files": {"images": ["*"]},
}
_POLICY = tomllib.loads((ROOT / "config/policy.toml").read_text(encoding="utf-8"))
_MODELS: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (Source, _SOURCE),
    (Decisions, {}),
    (Policy, _POLICY),
]


def blocks(language: str) -> Iterator[Any]:
    for page, text in TEXTS.items():
        found = re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        for number, block in enumerate(found):
            yield pytest.param(block, id=f"{page}-{number}")


@pytest.mark.parametrize("block", list(blocks("toml")))
def test_configuration_of_the_documents_is_valid(block: str) -> None:
    written = tomllib.loads(block)
    refused = []
    for model, plain in _MODELS:
        if not written.keys() <= model.model_fields.keys():
            continue
        try:
            model.model_validate(plain | written)
        except ValidationError as error:
            refused.append(str(error))
        else:
            return
    pytest.fail("\n".join(refused) or f"nothing has all of {', '.join(written)}")


@pytest.mark.parametrize("block", list(blocks("python")))
def test_python_of_the_documents_can_be_read(block: str) -> None:
    plain = re.sub(r"^(?:>>>|\.\.\.) ?", "", block, flags=re.MULTILINE)
    compile(plain, "a document", "exec")


def test_the_python_about_volumes_runs_as_written(
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """First of files, then of the demo's local copy, which has volumes, masks and pictures."""
    monkeypatch.chdir(tmp_path)
    Path("series").mkdir()
    for path, content in list(series().items())[1:]:  # the first is the scout view
        (Path("series") / Path(path).name).write_bytes(content)
    Path("DIR").symlink_to(demo(tmp_path_factory).folder / "copy")
    names: dict[str, Any] = {}
    reading, copies, kept, offered = re.findall(
        r"```python\n(.*?)```", TEXTS["docs/volumes.md"], re.DOTALL
    )
    exec(reading, names)
    assert names["hounsfield"].shape == (256, 256, 17)
    names["pictures"] = list(names["hounsfield"].T[3:9])
    exec(copies, names)
    assert re.search(r"^(scan slices|slices scan) part ", capsys.readouterr().out, re.MULTILINE)
    exec(kept, names)
    assert names["hounsfield"].ndim == 3
    exec(offered, names)
    assert len(names["records"]) > 20
