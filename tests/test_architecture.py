"""The map shows the house as it stands."""

import ast
import re
import subprocess
import sys
from collections import Counter
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


PACKAGES = ("covid19_images", "flows")
# A term of CONTRIBUTING's table is one class, wherever it is used.
_TERMS = {
    *("Conflict", "Decisions", "Fingerprint", "Identity", "LfsPointer", "LocalCopy", "Outcome"),
    *("Policy", "Problem", "Proposal", "Record", "Refused", "Report", "Request", "RunContext"),
    *("Selection", "SourceChange", "SourceRun", "Target"),
}
# Rows are read and written by `dataclass_csv`, lists by `spreadsheet`. These do neither.
_OTHER_CSV = {
    "covid19_images/checks/baseline/predictions.py": "reads what a person wrote",
    "covid19_images/checks/shortcuts/listed.py": "reads what a person wrote",
    "covid19_images/dataset/organize/rows.py": "the columns are those that a layout needs",
    "flows/collection/cells.py": "reads some columns of many rows, by pyarrow",
    "flows/collection/histories.py": "reads lines of old commits, with the columns of then",
    "flows/collection/ledger.py": "reads the ledger of a million lines, by pyarrow",
    "flows/collection/row_history.py": "reads lines of old commits, with the columns of then",
    "flows/demo/figures.py": "writes a table as an upstream does",
    "flows/labels/delimited.py": "reads upstreams' tables",
    "flows/site/releases.py": "reads the table of a release of any schema",
}
_FRAMEWORKS = {"torch", "tensorflow", "keras", "fastai", "jax", "monai", "webdataset", "datasets"}


def modules() -> list[Path]:
    return [file for folder in PACKAGES for file in sorted((ROOT / folder).rglob("*.py"))]


@cache
def public_classes() -> dict[str, list[str]]:
    """Return the files that define each class."""
    found: dict[str, list[str]] = {}
    for file in modules():
        for line in file.read_text(encoding="utf-8").splitlines():
            if name := re.match(r"class ([A-Z]\w*)", line):
                found.setdefault(name[1], []).append(str(file.relative_to(ROOT)))
    return found


def test_tests_are_arranged_as_the_packages_are():
    folders = {file.parent for name in PACKAGES for file in (ROOT / "tests" / name).rglob("*.py")}
    absent = [
        str(folder)
        for folder in (one.relative_to(ROOT / "tests") for one in folders)
        if not (ROOT / folder).is_dir()
    ]
    assert len(folders) > 30
    assert absent == []


def test_no_room_has_two_classes_of_one_name():
    doubled = [
        (name, room)
        for name, files in public_classes().items()
        for room, times in Counter("/".join(file.split("/")[:2]) for file in files).items()
        if times > 1
    ]
    assert doubled == []


def test_a_term_is_one_class():
    assert {name: len(public_classes()[name]) for name in _TERMS} == dict.fromkeys(_TERMS, 1)


def test_names_that_two_rooms_share_do_not_become_more():
    """Modules tell them apart; but a name of its own is easier to find."""
    assert sum(len(files) > 1 for files in public_classes().values()) <= 53


def test_rows_are_read_and_written_in_one_way():
    calls = re.compile(r"\bcsv\.(?:reader|writer|DictReader|DictWriter|read_csv|write_csv)\(")
    found = {
        str(file.relative_to(ROOT))
        for file in modules()
        if calls.search(file.read_text(encoding="utf-8"))
    }
    assert found - _OTHER_CSV.keys() == {"covid19_images/manifest/dataclass_csv.py"}
    assert _OTHER_CSV.keys() <= found


def test_a_framework_is_imported_only_by_its_loader_and_the_small_network():
    """And there only where it is used: to import this package imports none."""
    named = re.compile(rf"(?m)^(\s*)(?:import|from) ({'|'.join(sorted(_FRAMEWORKS))})\b")
    found = {}
    for file in modules():
        text = file.read_text(encoding="utf-8").partition("if TYPE_CHECKING:")
        lines = named.findall(text[0] + re.sub(r"\A(?:\n|    .*\n)*", "", text[2]))
        if lines:
            assert all(indented for indented, _ in lines), file
            found[str(file.relative_to(ROOT / "covid19_images"))] = {name for _, name in lines}
    assert found.pop("checks/baseline/network.py") == {"torch"}
    own = {"huggingface": "datasets"}
    for file, names in found.items():
        loader = Path(file).stem
        assert Path(file).parent.name == "loaders"
        assert names == {own.get(loader, loader)}
    assert len(found) == 7
