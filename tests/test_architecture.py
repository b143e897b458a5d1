"""The map shows the house as it stands."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("covid19_images", "flows", "tests", "benchmarks", "docs")
PAGES = ("docs/architecture.md", "CONTRIBUTING.md", "README.md")


def test_the_map_shows_what_the_imports_say():
    done = subprocess.run(
        [sys.executable, "docs/map.py", "--check"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "circles among rooms: none" in done.stdout
    assert re.search(r"among \d+ modules: none", done.stdout)
    counted = re.match(r"(\d+) rooms, (\d+) arrows", done.stdout)
    assert counted is not None
    # A room more, or an arrow, is another thing to know: first look for the room a part belongs to.
    assert int(counted[1]) <= 26
    assert int(counted[2]) <= 125


def test_every_file_that_the_documents_name_exists():
    named = {
        path
        for page in PAGES
        for path in re.findall(
            r"`((?:flows|covid19_images|tests|config|docs)/[\w./-]+)`", (ROOT / page).read_text()
        )
    }
    assert len(named) > 40
    assert sorted(path for path in named if "NAME" not in path and not (ROOT / path).exists()) == []


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


_VAGUE = re.compile(r"(?:Give|Bring|Say|Tell)s?\b")
_QUOTED = re.compile(rf"""["']\s*{_VAGUE.pattern}""")


def files_of(folder: str, words: re.Pattern[str]) -> list[Path]:
    """List the files that have words at all: to parse every file takes seconds."""
    files = sorted((ROOT / folder).rglob("*.py"))
    return [file for file in files if words.search(file.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("folder", FOLDERS)
def test_docstrings_begin_with_what_is_returned_written_or_raised(folder: str):
    vague = [
        f"{file.relative_to(ROOT)}: {words.splitlines()[0]}"
        for file in files_of(folder, _QUOTED)
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and (words := ast.get_docstring(node))
        and _VAGUE.match(words)
    ]
    assert vague == []


_ODD = re.compile(r"_?(?:told|said|heard|came|bring|brought)\d*", re.IGNORECASE)
_NAMED = re.compile(rf"\b{_ODD.pattern}\b", re.IGNORECASE)


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_is_called_told_said_or_brought(folder: str):
    names = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in files_of(folder, _NAMED)
        for node in ast.walk(tree_of(file))
        for name in (getattr(node, field, None) for field in ("id", "arg", "name", "attr"))
        if isinstance(name, str) and _ODD.fullmatch(name)
    }
    assert names == set()
