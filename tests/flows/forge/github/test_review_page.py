"""The review page: on GitHub Pages where that shows the bot's branch, else an artifact."""

from dataclasses import replace

import pytest

from flows.config.policy import Policy
from flows.forge.github.inspect import inspect
from tests.flows.forge.github.world import BRANCH, OTHER, PROPOSAL, World
from tests.support.crossed import crossed
from tests.support.upstream import git

PAGE = f"{BRANCH}-page"
ADDRESS = "https://maintainer.github.io/collection/"
ARTIFACT = "/maintainer/collection/actions/runs/7#artifacts"


@pytest.fixture
def published(world: World) -> World:
    forge = world.policy.forge.model_copy(update={"pages": True})
    world.policy = Policy(forge=forge)
    world.hub.settings(pages_branch=PAGE)
    return world


def first_line(world: World) -> str:
    [pull] = world.open()
    return str(pull["body"]).splitlines()[0]


def page(world: World) -> str:
    git(world.collection.folder, "fetch", "--quiet", world.hub.clone_url, PAGE)
    return git(world.collection.folder, "show", "FETCH_HEAD:index.html")


def test_the_first_line_leads_to_pages_which_shows_the_page_of_tonight(published: World) -> None:
    published.night()
    assert f"[Open the review page]({ADDRESS})" in first_line(published)
    assert page(published) == PROPOSAL.page
    published.again_writes_nothing()
    published.night(replace(OTHER, page="another page"))
    assert page(published) == "another page"
    published.again_writes_nothing(replace(OTHER, page="another page"))
    history = git(published.collection.folder, "rev-list", "FETCH_HEAD").split()
    assert len(history) == 1  # what was taken down is on no ref any more


def test_where_the_site_shows_the_page_the_first_line_leads_there(published: World) -> None:
    found = published.policy.forge.model_copy(update={"site": "https://site.example.org/set/"})
    published.policy = Policy(forge=found)
    published.night()
    address = "https://site.example.org/set/review/open/index.html"
    assert f"[Open the review page]({address})" in first_line(published)


def test_once_nothing_is_open_the_page_says_so_and_the_branch_stays_for_pages(
    published: World,
) -> None:
    published.night()
    published.night(None)
    assert "No proposal is open" in page(published)
    assert sorted(published.snapshot["refs"]) == ["refs/heads/main", f"refs/heads/{PAGE}"]
    published.again_writes_nothing(None)


@pytest.mark.parametrize("shown", crossed(["main", "", BRANCH], fast=2))
def test_where_pages_shows_something_else_the_artifact_serves_and_the_site_is_left_alone(
    published: World, shown: str
) -> None:
    published.hub.settings(pages_branch=shown)
    main = published.tip("main")
    published.night()
    assert first_line(published).startswith("**[Open the review page](")
    assert ARTIFACT in first_line(published)
    assert published.tip("main") == main
    published.hub.settings(pages_branch=PAGE)
    published.night()
    assert ADDRESS in first_line(published)


def test_without_the_key_no_page_is_published(world: World) -> None:
    world.hub.settings(pages_branch=PAGE)
    world.night()
    assert ARTIFACT in first_line(world)
    assert world.tip(PAGE) is None


def test_a_token_that_may_not_see_pages_leaves_the_artifact(published: World) -> None:
    published.hub.fault("/pages$", status=403, message="Resource not accessible by integration")
    published.night()
    assert ARTIFACT in first_line(published)


def test_a_persons_branch_where_the_page_would_be_is_left_alone(published: World) -> None:
    theirs = published.hub.commit_as_person(PAGE, {"mine.txt": b"work\n"})
    applied = published.night()
    assert applied.action == "failed"
    assert f"{PAGE} holds commits that are not the bot's" in applied.message
    assert published.tip(PAGE) == theirs


@pytest.mark.parametrize(("shown", "state"), [(PAGE, "ok"), ("main", "look"), ("", "look")])
def test_doctor_says_whether_pages_shows_the_page(world: World, shown: str, state: str) -> None:
    world.hub.settings(pages_branch=shown)
    found = [*inspect(world.hub.repo(), by_actions=True, page_of=BRANCH)][-1]
    assert (found.name, found.state) == ("review page", state)
    assert (PAGE in found.do) == (state == "look")
