"""Shards that people change by hand are checked as a CSV is, at the line of their index."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from covid19_images import manifest
from covid19_images.manifest import shards, table
from covid19_images.manifest.record import Record
from tests.flows.cli.test_check import check
from tests.flows.night import test_shards
from tests.support.collection import Collection
from tests.support.upstream import Upstream, git

INDEX = "datasets/manifest/set/shards.csv"


def begin(collection: Collection, upstream: Upstream) -> None:
    """Make a collection with a merged night of shards, on a branch of somebody."""
    test_shards.begin(collection, upstream)
    git(collection.folder, "reset", "--quiet", "--hard")
    git(collection.folder, "switch", "--quiet", "--create", "mine")


def _edit(folder: Path, change: Callable[[Record], Record]) -> None:
    """Change the first row as somebody who knows the files would."""
    first, *rest = manifest.read(folder)
    before = shards.loads((folder / shards.INDEX).read_text(encoding="utf-8"))
    index, files = shards.written([change(first), *rest], before, 2)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / shards.INDEX).write_text(shards.dumps(index), encoding="utf-8", newline="\n")


def _other_finding(folder: Path) -> None:
    _edit(folder, lambda row: replace(row, finding=("SARS",)))


def _no_pixels(folder: Path) -> None:
    _edit(folder, lambda row: replace(row, pixels_sha256=None, image_id=None, status="active"))


def _other_source(folder: Path) -> None:
    _edit(folder, lambda row: replace(row, source="another"))


def _other_file(folder: Path) -> None:
    first, second, *_ = sorted(folder.glob("*.parquet"))
    first.write_bytes(second.read_bytes())


def _other_digest(folder: Path) -> None:
    [first, *rest] = shards.loads((folder / shards.INDEX).read_text(encoding="utf-8"))
    text = shards.dumps([replace(first, rows_sha256="0" * 64), *rest])
    (folder / shards.INDEX).write_text(text, encoding="utf-8", newline="\n")


def _no_index(folder: Path) -> None:
    _other_finding(folder)
    (folder / shards.INDEX).unlink()


def _of_one_name(folder: Path) -> None:
    """Leave the index without its last line, and that line's file where it is."""
    text = (folder / shards.INDEX).read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    (folder / shards.INDEX).write_text("".join(lines[:-1]), encoding="utf-8", newline="\n")


def _csv_too(folder: Path) -> None:
    _other_finding(folder)
    table.write(folder.with_suffix(".csv"), manifest.read(folder))


@pytest.mark.parametrize(
    ("edit", "line", "says", "errors"),
    [
        (_other_finding, 2, "1 line changed by hand; the bot writes these rows", 0),
        (_no_pixels, 2, "is active but has no pixels_sha256.", 1),
        (_other_source, 2, "source is 'another' in the file of set", 1),
        (_other_file, 1, "not the file of this digest that the index names", 1),
        (_other_digest, 2, "rows_sha256 is not that of the rows of", 1),
        (_of_one_name, 1, "so nobody reads it", 1),
        (_csv_too, 1, "has a CSV and shards", 1),
        (_no_index, 1, "the index of these shards is not there, so nobody reads them", 1),
    ],
)
def test_an_edit_is_named_where_it_is(
    begun: Collection, edit: Callable[[Path], None], line: int, says: str, errors: int
) -> None:
    edit(begun.folder / INDEX.removesuffix(f"/{shards.INDEX}"))
    git(begun.folder, "add", "--all", "datasets")
    git(begun.folder, "commit", "--quiet", "-m", "by hand")
    done = check(begun)
    assert done.exit_code == bool(errors), done.output
    found = [one for one in done.output.splitlines() if says in one]
    assert found, done.output
    assert found[0].startswith(f"{INDEX}:{line}: ")


def _empty_index(folder: Path) -> None:
    (folder / shards.INDEX).write_text(shards.dumps([]), encoding="utf-8", newline="\n")


def _no_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def _link(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.symlink_to(folder.parent.parent)  # a link of git is no folder, wherever it leads


@pytest.mark.parametrize("edit", [_empty_index, _no_folder, _link])
def test_rows_that_a_person_removed_are_counted(
    begun: Collection, edit: Callable[[Path], None]
) -> None:
    folder = begun.folder / INDEX.removesuffix(f"/{shards.INDEX}")
    count = len(manifest.read(folder))
    edit(folder)
    git(begun.folder, "add", "--all", "datasets")
    git(begun.folder, "commit", "--quiet", "-m", "by hand")
    assert f"warning: {count} rows of set are not there any more" in check(begun).output
