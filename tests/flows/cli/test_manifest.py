"""Rows in Parquet are looked at as rows in CSV are: printed, compared, and shown by git."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from covid19_images import manifest
from covid19_images.manifest import shards, table
from flows.cli.app import app
from flows.collection.checkout import Checkout
from tests.flows.night.test_shards import begin, limit
from tests.support.collection import ROOT, Collection
from tests.support.pictures import png
from tests.support.upstream import Upstream, git

__all__ = ["begin"]  # ten pictures, with shards
FOLDER = "datasets/manifest/set"


def _ask(*words: str) -> Result:
    return CliRunner().invoke(app, ["manifest", *words])


def _diff(collection: Collection, *words: str) -> Result:
    return _ask("diff", "main", "sync/datasets", "--checkout", str(collection.folder), *words)


def _next_night(collection: Collection, upstream: Upstream) -> None:
    upstream.commit({"images/new.png": png(80), "images/4.png": None})
    collection.night()


def test_rows_of_a_shard_and_of_a_whole_folder_are_printed_as_csv(begun: Collection) -> None:
    git(begun.folder, "reset", "--quiet", "--hard")
    state = Checkout(begun.folder).state(Checkout(begun.folder).base("main"))
    folder = begun.folder / FOLDER
    whole = _ask("rows", str(folder))
    assert (whole.exit_code, whole.stdout) == (0, table.dumps(state.records["set"]))
    first = state.shards["set"][0]
    one = _ask("rows", str(folder / first.file))
    assert one.stdout == table.dumps(state.records["set"][: first.rows])
    index = _ask("rows", str(folder / shards.INDEX))
    assert index.stdout == (folder / shards.INDEX).read_text(encoding="utf-8")


def test_what_differs_between_two_commits_is_listed_row_by_row(
    begun: Collection, upstream: Upstream
) -> None:
    _next_night(begun, upstream)
    done = _diff(begun)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[-1] == "1 row added, 0 removed, 1 changed."
    assert "+ set/images/new.png" in lines
    [changed] = [line for line in lines if line.startswith("~ set/images/4.png: ")]
    assert "status active → withdrawn" in changed
    found = json.loads(_diff(begun, "--json").stdout)
    assert found["schema"] == 1
    [row] = [one for one in found["changes"] if one["act"] == "changed"]
    assert row["cells"]["status"] == ["active", "withdrawn"]


def test_rows_that_only_moved_to_another_file_did_not_change(
    begun: Collection, upstream: Upstream
) -> None:
    limit(begun, 100)
    _next_night(begun, upstream)
    assert f"{FOLDER}.csv" in git(begun.folder, "ls-tree", "-r", "--name-only", "sync/datasets")
    assert _diff(begun).stdout.splitlines()[-1] == "1 row added, 0 removed, 1 changed."


def test_two_files_are_compared_too(begun: Collection, tmp_path: Path) -> None:
    git(begun.folder, "reset", "--quiet", "--hard")
    rows = Checkout(begun.folder).state(Checkout(begun.folder).base("main")).records["set"]
    table.write(tmp_path / "set.csv", rows[1:])
    done = _ask("diff", str(begun.folder / FOLDER), str(tmp_path / "set.csv"))
    assert done.stdout == f"- {rows[0].key}\n0 rows added, 1 removed, 0 changed.\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rows", "nowhere.csv"], "there is no such file"),
        (["diff", "main", "nowhere", "--checkout", str(ROOT)], "nowhere is no commit"),
        (["rows", str(ROOT / "docs")], "it holds no manifest"),
        (["diff", str(ROOT / "docs"), str(ROOT / "docs")], "it holds no manifest"),
        (["diff", "HEAD@{9999}", "HEAD", "--checkout", str(ROOT)], "is no commit"),
        (["diff", "HEAD^{tree}", "HEAD", "--checkout", str(ROOT)], "is no commit"),
        (["diff", "--checkout", str(ROOT), "--", "--help", "HEAD"], "--help is no commit"),
        (["diff", __file__, __file__], "cannot be read: test_manifest.py: the header differs"),
    ],
)
def test_what_is_not_there_is_a_sentence(words: list[str], says: str) -> None:
    done = _ask(*words)
    assert says in done.output
    assert done.exit_code == 2


def test_a_shard_that_is_not_there_is_no_rows_that_were_removed(begun: Collection) -> None:
    git(begun.folder, "reset", "--quiet", "--hard")
    git(begun.folder, "switch", "--quiet", "--create", "mine")
    first, *_ = sorted((begun.folder / FOLDER).glob("*.parquet"))
    content = first.read_bytes()
    first.unlink()
    _commit(begun)
    done = _ask("diff", "main", "mine", "--checkout", str(begun.folder))
    assert (done.exit_code, f"{first.name}: the index names it" in done.output) == (2, True)
    first.write_bytes(content)
    table.write((begun.folder / FOLDER).with_suffix(".csv"), manifest.read(begun.folder / FOLDER))
    _commit(begun)
    done = _ask("diff", "main", "mine", "--checkout", str(begun.folder))
    assert (done.exit_code, "has a CSV and shards" in done.output) == (2, True), done.output


def _commit(collection: Collection) -> None:
    git(collection.folder, "add", "--all", "datasets")
    git(collection.folder, "commit", "--quiet", "-m", "by hand")


@pytest.mark.slow
def test_git_shows_parquet_as_rows(begun: Collection, upstream: Upstream) -> None:
    git(begun.folder, "reset", "--quiet", "--hard")
    shutil.copy(ROOT / ".gitattributes", begun.folder)
    command = f"env PYTHONPATH={ROOT} {sys.executable} -m flows manifest rows"
    git(begun.folder, "config", "diff.covid19-rows.textconv", command)
    upstream.commit({"images/4.png": None})
    begun.night()
    shown = git(begun.folder, "diff", "main", "sync/datasets", "--", f"{FOLDER}/*.parquet")
    assert "\n-set,images/4.png," in shown
    assert "\n+set,images/4.png," in shown
    assert ",withdrawn,gone upstream since" in shown
