"""Below the policy: the code that pushes or deletes touches the bot's branches only."""

import pytest

from flows.config.policy import Policy
from flows.forge.errors import ForgeError
from tests.flows.forge.github.world import BRANCH, MERGED, PROPOSAL, World


def unchecked(world: World, **keys: str) -> Policy:
    """Return a policy as no file of ours can hold it."""
    return world.policy.model_copy(update=keys)


@pytest.mark.parametrize("proposal", [PROPOSAL, None], ids=["something", "nothing"])
@pytest.mark.parametrize("branch", ["main", "main/sync"])
def test_the_base_is_neither_pushed_to_nor_deleted(world: World, branch: str, proposal):
    main, mark = world.tip("main"), world.hub.mark()
    world.policy = unchecked(world, branch=branch)
    applied = world.night(proposal)
    assert (applied.action, "which is people's" in applied.message) == ("failed", True)
    assert world.tip("main") == main
    assert world.hub.writes_since(mark) == []


def test_the_default_branch_is_refused_where_proposals_stand_on_another(world: World):
    world.hub.commit_as_person("trunk", {"README.md": b"hello\n"})
    main = world.tip("main")
    world.policy = Policy(base="trunk", branch="main", forge=world.policy.forge)
    mark = world.hub.mark()
    applied = world.night()
    assert (applied.action, "'main', which is people's" in applied.message) == ("failed", True)
    assert world.tip("main") == main
    assert world.hub.writes_since(mark) == []


def test_a_persons_branch_where_the_pictures_would_be_is_left_alone(world: World):
    theirs = world.hub.commit_as_person(f"{BRANCH}-pictures", {"mine.txt": b"work\n"})
    mark = world.hub.mark()
    applied = world.night()
    assert applied.action == "failed"
    assert f"{BRANCH}-pictures holds commits that are not the bot's" in applied.message
    assert world.tip(f"{BRANCH}-pictures") == theirs
    assert world.hub.writes_since(mark) == []


@pytest.mark.parametrize("new", [None, "1" * 40], ids=["delete", "push"])
@pytest.mark.parametrize("branch", ["main", "release", f"{BRANCH}-notes", "HEAD"])
def test_the_remote_moves_no_branch_that_is_not_the_bots(world: World, branch: str, new):
    mark = world.hub.mark()
    with pytest.raises(ForgeError, match="is not the bot's, so it was neither moved nor deleted"):
        world.forge().remote.move(branch, old="2" * 40, new=new)
    assert world.hub.writes_since(mark) == []


@pytest.mark.parametrize("branch", ["main", BRANCH, f"{BRANCH}-merged-now", f"{BRANCH}-pictures"])
def test_pictures_of_merged_proposals_are_kept_on_branches_for_them_only(world: World, branch: str):
    mark = world.hub.mark()
    with pytest.raises(ForgeError, match="keeps no pictures of ours"):
        world.forge().remote.add(branch, "1" * 40, to=None)
    assert world.hub.writes_since(mark) == []


def test_a_persons_branch_where_merged_pictures_would_be_is_left_alone(world: World):
    world.night()
    pictures = world.tip(f"{BRANCH}-pictures")
    theirs = world.hub.commit_as_person(MERGED, {"mine.txt": b"work\n"})
    world.hub.merge(1)
    applied = world.night(None)
    assert applied.action == "failed"
    assert f"{MERGED} holds commits that are not the bot's" in applied.message
    assert (world.tip(MERGED), world.tip(f"{BRANCH}-pictures")) == (theirs, pictures)
