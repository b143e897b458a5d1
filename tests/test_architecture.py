"""The map shows the house as it stands."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
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


_VAGUE = re.compile(r"(?:Give|Bring|Say|Tell)s?\b")


@pytest.mark.parametrize("folder", ["covid19_images", "flows", "tests"])
def test_docstrings_begin_with_what_is_returned_written_or_raised(folder: str):
    vague = [
        f"{file.relative_to(ROOT)}: {words.splitlines()[0]}"
        for file in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and (words := ast.get_docstring(node))
        and _VAGUE.match(words)
    ]
    assert vague == []


def test_the_packages_have_no_value_called_told_or_said():
    names = {
        f"{file.relative_to(ROOT)}: {name}"
        for package in ("covid19_images", "flows")
        for file in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for name in (getattr(node, "id", None), getattr(node, "arg", None))
        if isinstance(name, str) and re.fullmatch(r"_?(?:told|said|heard|came)\d*", name)
    }
    assert names == set()
