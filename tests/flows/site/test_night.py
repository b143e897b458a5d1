"""What the last night saw is read from where it left it: a folder, or a branch of the bot."""

import datetime as dt
from pathlib import Path

import git
import pytest

from flows.collection.checkout import EMAIL, Checkout
from flows.forge import pages, status_page
from flows.forge.health import Health, SourceHealth
from flows.forge.status_page import StatusPage
from flows.site.night import LastRun, proposed, read

DAY = dt.date(2026, 11, 27)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A clone of a collection, with one commit."""
    repo = git.Repo.init(tmp_path / "clone", initial_branch="main")
    repo.index.commit("Begin")
    return Checkout(tmp_path / "clone")


def test_a_folder_without_pages_tells_nothing_and_one_with_them_all(tmp_path: Path) -> None:
    assert read(tmp_path, DAY) == LastRun(DAY)
    stale = SourceHealth(source="set", outcome="Failure", says="gone", images=0, stale=True)
    health = Health(date=DAY, headline="x", sources=(stale,))
    words = status_page.words(status_page.after(StatusPage(), health))
    (tmp_path / status_page.PAGE).write_text(words, encoding="utf-8")
    (tmp_path / pages.PAGE).write_bytes(b"the page")
    found = read(tmp_path, DAY)
    assert found.status.open_issues["set"].kind == "Failure"
    assert found.review == b"the page"


def test_the_page_is_taken_from_the_bots_branch_while_a_proposal_is_open(
    checkout: Checkout,
) -> None:
    assert proposed(checkout, "sync/datasets") is None
    for page, shown in (("the page", b"the page"), (pages.NOTHING_OPEN, None)):
        commit = checkout.pictures({pages.PAGE: page.encode()}, "the page")
        checkout.repo.create_head("sync/datasets-page", commit, force=True)
        assert proposed(checkout, "sync/datasets") == shown


def test_a_page_that_somebody_else_committed_is_not_shown(checkout: Checkout) -> None:
    strangers = git.Actor("a stranger", "stranger@example.org")
    repo = checkout.repo
    (checkout.folder / pages.PAGE).write_text("<script>alert(1)</script>", encoding="utf-8")
    repo.index.add([pages.PAGE])
    commit = repo.index.commit("x", parent_commits=[], author=strangers, head=False)
    repo.create_head("sync/datasets-page", commit)
    assert commit.author.email != EMAIL
    assert proposed(checkout, "sync/datasets") is None
