"""A proposal in a folder and on a branch."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from flows.collection.checkout import Checkout
from flows.forge.folder import FolderForge
from flows.proposal.proposal import Proposal
from flows.proposal.sheets import Sheet
from tests.support.collection import NOW, Collection
from tests.support.upstream import git

PROPOSAL = Proposal("One sentence", {"datasets/a.csv": b"a\n"}, {"set": "1" * 40}, "body", "page")


@pytest.fixture
def checkout(collection: Collection) -> Checkout:
    return Checkout(collection.folder)


def forge(collection: Collection, *, push: bool = False) -> FolderForge:
    return FolderForge(
        Checkout(collection.folder), collection.pages, "sync/datasets", base="main", push=push
    )


def head(collection: Collection) -> str:
    return git(collection.folder, "rev-parse", "sync/datasets").strip()


def test_a_proposal_is_one_commit_on_the_base_and_two_pages(
    collection: Collection, checkout: Checkout
) -> None:
    base = checkout.base("main")
    applied = forge(collection).apply(PROPOSAL, base, NOW)
    assert applied.action == "proposed"
    assert git(collection.folder, "rev-parse", "sync/datasets^").strip() == base.hexsha
    assert collection.file("datasets/a.csv") == "a\n"
    assert git(collection.folder, "ls-tree", "sync/datasets", "datasets/set").split()[:3] == [
        "160000",
        "commit",
        "1" * 40,
    ]
    assert (collection.pages / "index.html").read_text() == "page"
    assert (collection.pages / "body.md").read_text() == "body"
    assert git(collection.folder, "status", "--porcelain").strip() == "?? .proposals/\n?? config/"


def test_the_same_proposal_again_writes_nothing(collection: Collection, checkout: Checkout) -> None:
    base = checkout.base("main")
    forge(collection).apply(PROPOSAL, base, NOW)
    before = head(collection), collection.objects()
    later = NOW + dt.timedelta(days=1)
    assert forge(collection).apply(PROPOSAL, base, later).action == "unchanged"
    assert (head(collection), collection.objects()) == before


def test_a_base_that_moved_on_gets_a_new_commit(collection: Collection, checkout: Checkout) -> None:
    forge(collection).apply(PROPOSAL, checkout.base("main"), NOW)
    git(collection.folder, "commit", "--quiet", "--allow-empty", "-m", "meanwhile")
    base = checkout.base("main")
    assert forge(collection).apply(PROPOSAL, base, NOW).action == "proposed"
    assert git(collection.folder, "rev-parse", "sync/datasets^").strip() == base.hexsha


def test_a_branch_that_is_checked_out_is_left_alone(
    collection: Collection, checkout: Checkout
) -> None:
    base = checkout.base("main")
    forge(collection).apply(PROPOSAL, base, NOW)
    git(collection.folder, "checkout", "--quiet", "sync/datasets")
    other = Proposal("Another", {}, {}, "body", "page")
    applied = forge(collection).apply(other, base, NOW)
    assert applied.action == "left_alone"
    assert "checked out here" in applied.message


def test_the_branch_is_pushed_unless_somebody_pushed_meanwhile(
    collection: Collection, checkout: Checkout, tmp_path: Path
) -> None:
    origin = tmp_path / "origin.git"
    git(tmp_path, "init", "--quiet", "--bare", str(origin))
    git(collection.folder, "remote", "add", "origin", str(origin))
    base = checkout.base("main")
    forge(collection, push=True).apply(PROPOSAL, base, NOW)
    pushed = git(origin, "rev-parse", "sync/datasets").strip()
    assert pushed == head(collection)
    git(collection.folder, "push", "--quiet", "--force", "origin", f"{base.hexsha}:sync/datasets")
    git(collection.folder, "update-ref", "refs/remotes/origin/sync/datasets", base.hexsha)
    other = Proposal("Another", {"datasets/a.csv": b"b\n"}, {}, "body", "page")
    applied = forge(collection, push=True).apply(other, base, NOW)
    assert applied.action == "left_alone"
    assert git(origin, "rev-parse", "sync/datasets").strip() == base.hexsha


def test_sheets_are_laid_in_the_folder_and_stale_ones_removed(
    collection: Collection, checkout: Checkout
) -> None:
    base = checkout.base("main")
    one, two = (Sheet(f"{name}.jpg", name.encode(), "image/jpeg", "", "") for name in ("a", "b"))
    forge(collection).apply(replace(PROPOSAL, sheets=(one, two)), base, NOW)
    folder = collection.pages / "sheets"
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        "a.jpg": b"a",
        "b.jpg": b"b",
    }
    stamp = (folder / "a.jpg").stat().st_mtime_ns
    (folder / "left-by-a-killed-night").write_bytes(b"half")
    forge(collection).apply(replace(PROPOSAL, sheets=(one,)), base, NOW)
    assert [file.name for file in folder.iterdir()] == ["a.jpg"]
    assert (folder / "a.jpg").stat().st_mtime_ns == stamp
    forge(collection).apply(None, base, NOW)
    assert not folder.exists()


def test_another_sheet_is_another_proposal_but_not_another_way_of_drawing_it() -> None:
    sheet = Sheet("a.jpg", b"a", "image/jpeg", "alt", "caption")
    made = {
        replace(PROPOSAL, sheets=sheets).content_hash
        for sheets in ((), (sheet,), (replace(sheet, content=b"b"),), (replace(sheet, alt="b"),))
    }
    assert len(made) == 3
