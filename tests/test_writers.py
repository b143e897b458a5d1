"""All that writes below a folder: 0 bytes outside of it, whatever names it is given.

`WRITERS` are the functions that make a file's name of what they are given; the property is tried
on all of them. `OTHERS` are the modules that write as well, and why no name leads out of theirs.
A module that begins to write is in neither, and the last test says so.
"""

import ast
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covid19_images.dataset.organize import organize
from covid19_images.dataset.select import select
from covid19_images.dataset.selection import Selection
from covid19_images.download import contents
from covid19_images.release.membership import Member
from flows.cli.source_lives import file_of
from flows.forge import pages
from flows.proposal.sheets import Sheet
from flows.publish import shards
from flows.publish.folder import FolderPublisher
from flows.site import write as site
from tests.support import local_copy
from tests.support.collection import ROOT
from tests.support.crossed import crossed
from tests.support.examples import examples
from tests.support.organized import LAYOUTS

Write = Callable[[Path, str], object]


def _sheet(folder: Path, name: str) -> None:
    pages._write_sheets(folder, [Sheet(name, b"x", "image/jpeg", "", "")])


def _published(folder: Path, version: str, name: str) -> None:
    publisher = FolderPublisher(folder)
    publisher.begin(version, "notes", "c")
    content = folder / "content"
    content.write_bytes(b"x")
    publisher.upload(version, Path(name))
    publisher.delete(version, name)
    publisher.publish(version)


def _shard(folder: Path, name: str) -> None:
    member = Member("x.tar", "c19-0123456789abcdef", "0" * 40, "CC0-1.0")
    packed = shards.Packed(member, "a.png", {"images": [("a.png", b"x")]})
    list(shards.fill(folder, iter([name]), [packed]))


def _staged(folder: Path, name: str) -> None:
    file = contents.staged(folder, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x")


def _source(folder: Path, name: str) -> None:
    (folder / "sources").mkdir(exist_ok=True)
    file_of(folder, name).write_text("x", encoding="ascii")


WRITERS: dict[str, Write] = {
    "flows/forge/pages.py": _sheet,
    "flows/site/write.py": lambda folder, name: site.write(folder, [("a", b"x"), (name, b"x")]),
    "flows/publish/folder.py: version": lambda folder, name: _published(folder, name, "x"),
    "flows/publish/folder.py: file": lambda folder, name: _published(folder, "2026.11.23", name),
    "flows/publish/shards.py": _shard,
    "covid19_images/download/contents.py": _staged,
    "flows/cli/source_lives.py": _source,
}
_BELOW = "names come from below(), tried in tests/covid19_images/manifest/test_inside.py"
_FIXED = "names are constants, or made of numbers, digests and ids of ours"
_CALLER = "the caller names the file"
_USER = "whoever runs the command names the file"
OTHERS = MappingProxyType(
    {
        "covid19_images/checks/features.py": _FIXED,
        "covid19_images/cli/baseline.py": _USER,
        "covid19_images/cli/duplicates.py": _USER,
        "covid19_images/cli/local.py": _USER,
        "covid19_images/download/download.py": _BELOW,
        "covid19_images/download/lock.py": _FIXED,
        "covid19_images/download/part.py": _CALLER,
        "covid19_images/download/request.py": _FIXED,
        "covid19_images/download/small_files.py": _BELOW,
        "covid19_images/download/squares.py": _BELOW,
        "covid19_images/manifest/table.py": _CALLER,
        "covid19_images/manifest/whole.py": _CALLER,
        "covid19_images/dataset/organize/__init__.py": "organize, below",
        "covid19_images/dataset/organize/card.py": "organize, below",
        "covid19_images/dataset/organize/claim.py": _FIXED,
        "covid19_images/dataset/organize/folders.py": "organize, below",
        "covid19_images/dataset/organize/parquet.py": "organize, below",
        "covid19_images/dataset/organize/webdataset.py": "organize, below",
        "flows/cli/demo.py": _USER,
        "flows/cli/exits.py": _USER,
        "flows/cli/source_check.py": _USER,
        "flows/cli/sources.py": "file_of of flows/cli/source_lives.py",
        "flows/collection/checkout.py": "paths go to git's index, which takes none that leads out",
        "flows/decoding/blocks.py": _FIXED,
        "flows/decoding/cache.py": _FIXED,
        "flows/forge/folder.py": _FIXED,
        "flows/night/handover/pack.py": _FIXED,
        "flows/night/compare/kept.py": _FIXED,
        "flows/night/worked_out.py": _FIXED,
        "flows/orchestration/deployments.py": _FIXED,
        "flows/orchestration/server.py": _FIXED,
        "flows/publish/assemble.py": _FIXED,
        "flows/publish/card/write.py": _FIXED,
        "flows/publish/described.py": _FIXED,
        "flows/publish/hub/target.py": _FIXED,
        "flows/publish/huggingface.py": _FIXED,
        "flows/publish/kaggle/target.py": _BELOW,
        "flows/publish/kaggle/upload.py": _FIXED,
        "flows/publish/release.py": _FIXED,
        "flows/publish/spans.py": _BELOW,
        "flows/publish/target.py": _BELOW,
        "flows/publish/zenodo/target.py": _BELOW,
        "flows/night/reporting/actions.py": "GitHub names the file",
        "flows/upstream/clone.py": _FIXED,
    }
)
PIECES = ["..", ".", "", "/", "\\", "a", "C:", "x.png", "\0", "\n", "link", ".git", "~", "é"]
NAMES = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=6).flatmap(
    lambda parts: st.sampled_from(["/".join(parts), "".join(parts), "\\".join(parts)])
)
WAYS_OUT = ("../out", "/{top}/out", "a/../../out", "link/x", "..", "../../../../{top}/out")


def _outside(top: Path) -> Iterator[tuple[str, bytes]]:
    for file in top.rglob("*"):
        name = file.relative_to(top).as_posix()
        if not name.startswith("folder"):
            yield name, file.read_bytes() if file.is_file() else b""


def _tried(write: Write, name: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        top = Path(made).resolve()
        folder, outside = top / "folder", top / "outside"
        folder.mkdir()
        outside.mkdir()
        (top / "out").write_bytes(b"theirs")
        (folder / "link").symlink_to(outside)
        (folder / site.MARKER).touch()  # the site asks for it
        before = dict(_outside(top))
        with suppress(Exception):  # refused, in whatever words
            write(folder, name.replace("{top}", str(top)[1:]))
        assert dict(_outside(top)) == before, f"{name!r} led out"


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("name", WAYS_OUT)
def test_no_known_way_leads_out(writer: str, name: str) -> None:
    _tried(WRITERS[writer], name)


@settings(max_examples=examples(400))
@given(st.sampled_from(sorted(WRITERS)), NAMES)
def test_no_writer_writes_outside_of_its_folder(writer: str, name: str) -> None:
    _tried(WRITERS[writer], name)


@pytest.mark.parametrize("writer", WRITERS)
def test_each_writer_writes_what_has_a_good_name(writer: str, tmp_path: Path) -> None:
    (tmp_path / site.MARKER).touch()
    with suppress(FileNotFoundError):  # what is uploaded, where its name is the test's
        WRITERS[writer](tmp_path, "2026.11.23")
    assert [file for file in tmp_path.rglob("*2026.11.23*") if file.exists()]


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Selection:
    folder = local_copy.make(tmp_path_factory.mktemp("copy")).folder
    return select(root=folder, size=224)


@pytest.mark.parametrize(
    ("column", "layout", "name"),
    crossed(
        ["image_id", "split", "source"],
        [*LAYOUTS],
        ["../../out", "/{top}/out", "link/x", "a/../../../out"],
    ),
)
def test_no_layout_writes_outside_of_its_folder(
    chosen: Selection, layout: str, column: str, name: str
) -> None:
    """Rows are checked where they are read; this is what holds where somebody made them."""

    def write(folder: Path, name: str) -> None:
        odd = tuple(replace(row, **{column: name}) for row in chosen.records[:2])
        organize(replace(chosen, records=odd), folder / "new", layout)

    _tried(write, name)


def _writes(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    called, words = node.func.attr, [a.value for a in node.args if isinstance(a, ast.Constant)]
    if called == "open":
        return any(isinstance(word, str) and word[:1] in tuple("wax") for word in words)
    return called in {
        *("write_bytes", "write_text", "mkdir", "symlink_to", "hardlink_to", "touch", "copyfile"),
        *("copytree", "replacing", "link", "mkfifo", "makedirs", "extractall"),
    }


def test_every_module_that_writes_is_one_of_these() -> None:
    found = set()
    for package in ("covid19_images", "flows"):
        for file in (ROOT / package).rglob("*.py"):
            if any(map(_writes, ast.walk(ast.parse(file.read_text(encoding="utf-8"))))):
                found.add(file.relative_to(ROOT).as_posix())
    known = set(OTHERS) | {writer.partition(":")[0] for writer in WRITERS}
    found = {name for name in found if not name.startswith("flows/demo/")}
    assert found - known == set(), "try them in WRITERS, or say in OTHERS why nothing leads out"
