"""Whatever goes wrong at a write: exactly one of everything in the end, or words that help."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from flows.forge import Applied
from flows.forge.github import calls
from flows.proposal.proposal import Proposal
from tests.flows.forge.github.world import BRANCH, OTHER, PROPOSAL, World
from tests.support.crossed import crossed

API = ("pulls$", "/labels$", "issues/1/labels$", "requested_reviewers$", "pulls/1$")
GIT = "git-receive-pack$"
PASSING: dict[str, dict[str, Any]] = {
    "502 before": {"status": 502},
    "502 after": {"status": 502, "after": True},
    "500 after": {"status": 500, "after": True},
    "dropped before": {"drop": True},
    "dropped after": {"drop": True, "after": True},
    "timeout after": {"delay_s": 1.5, "after": True},
    "429 with Retry-After": {"status": 429, "headers": {"Retry-After": "1"}},
    "429 without": {"status": 429},
    "secondary limit": {"status": 403, "message": "You have exceeded a secondary rate limit."},
}
REFUSING: dict[str, tuple[dict[str, Any], str]] = {
    "401": ({"status": 401, "message": "Bad credentials"}, "does not accept the token"),
    "403": (
        {"status": 403, "message": "Resource not accessible by personal access token"},
        "refuses this to the token",
    ),
    "404": ({"status": 404, "message": "Not Found", "times": 9}, "no such repository"),
    "422": (
        {"status": 422, "message": "Validation Failed", "times": 9},
        "GitHub refuses this (422",
    ),
    "long pause": ({"status": 429, "headers": {"Retry-After": "4000"}}, "long pause"),
    "always 502": ({"status": 502, "times": 9}, "does not answer as it should"),
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(calls, "TIMEOUT_S", 1)


def tidy(snapshot: dict[str, Any]) -> dict[str, Any]:
    return {**snapshot, "comments": [{**one, "id": 0} for one in snapshot["comments"]]}


_undisturbed: dict[Callable[[World], Applied], dict[str, Any]] = {}


def undisturbed(world: World, act: Callable[[World], Applied]) -> dict[str, Any]:
    """Return what an act comes to where nothing goes wrong; it is the same in every world."""
    if act not in _undisturbed:
        act(world)
        _undisturbed[act] = tidy(world.snapshot)
        world.hub.reset()
        world.hub.adopt(str(world.collection.folder))
    return _undisturbed[act]


def opening(world: World) -> Applied:
    return world.night()


@pytest.mark.parametrize(("fault", "path"), crossed([*PASSING], API, fast=2))
def test_opening_makes_one_of_everything(world: World, fault: str, path: str):
    expected = undisturbed(world, opening)
    world.hub.fault(path, method="write", **PASSING[fault])
    assert opening(world).action == "proposed"
    assert world.hub.faults_left() == 0
    assert tidy(world.snapshot) == expected
    world.again_writes_nothing()


# A reviewer who cannot be asked stops nothing: see test_table.
REFUSALS = crossed([*REFUSING], API, without=[("422", "requested_reviewers$")], fast=3)


@pytest.mark.parametrize(("fault", "path"), REFUSALS)
def test_what_github_refuses_is_said_and_made_good_the_next_night(world: World, fault, path):
    expected = undisturbed(world, opening)
    fault_given, words = REFUSING[fault]
    world.hub.fault(path, method="write", **fault_given)
    applied = opening(world)
    assert applied.action == "failed"
    assert words in applied.message
    assert world.hub.token not in applied.message
    world.hub.clear_faults()
    assert opening(world).action == "proposed"
    assert tidy(world.snapshot) == expected
    world.again_writes_nothing()


PUSHES: dict[str, tuple[dict[str, Any], str]] = {
    "502 before": ({"status": 502}, "git push failed"),
    "502 after": ({"status": 502, "after": True}, ""),
    "dropped before": ({"drop": True}, "git push failed"),
    "dropped after": ({"drop": True, "after": True}, ""),
    "401": ({"status": 401}, "does not accept the token"),
    "403": ({"status": 403}, "does not let this token push"),
    "hook": ({"decline": "pre-receive hook declined"}, "must not be protected"),
}


@pytest.mark.parametrize(("fault", "skip"), crossed([*PUSHES], [0, 1], fast=3))
def test_a_push_that_goes_wrong_is_looked_for_or_said(world: World, fault: str, skip: int):
    expected = undisturbed(world, opening)
    fault_given, words = PUSHES[fault]
    world.hub.fault(GIT, method="POST", skip=skip, **fault_given)
    applied = opening(world)
    assert applied.action == ("failed" if words else "proposed")
    assert words in applied.message
    world.hub.clear_faults()
    opening(world)
    assert tidy(world.snapshot) == expected
    world.again_writes_nothing()


def test_a_protected_branch_is_said(world: World):
    world.night()
    world.hub.protect(BRANCH)
    applied = world.night(OTHER)
    assert applied.action == "failed"
    assert "must not be protected" in applied.message


def waiting(world: World) -> Applied:
    world.night()
    world.hub.commit_as_person(BRANCH, {"mine.txt": b"work\n"})
    world.night()
    return world.night(OTHER)


def taken_over(world: World) -> Applied:
    waiting(world)
    world.hub.comment_as("maintainer", "/sync rebuild", number=1)
    world.hub.comment_as("maintainer", "/sync what", number=1)
    return world.night(OTHER)


def withdrawn(world: World) -> Applied:
    world.night()
    return world.night(None)


def held(world: World) -> Applied:
    world.night()
    return world.night(replace(PROPOSAL, review_reasons=("set: odd",)))


LATER: list[tuple[Callable[[World], Applied], str, Proposal | None]] = [
    (waiting, "issues/1/comments$", OTHER),
    (taken_over, "reactions$", OTHER),
    (withdrawn, "pulls/1$", None),
    (held, "graphql$", replace(PROPOSAL, review_reasons=("set: odd",))),
    (waiting, r"issues/comments/\d+$", OTHER),
    (taken_over, r"issues/comments/\d+$", OTHER),
    (taken_over, "pulls/1$", OTHER),
    (withdrawn, "issues/1/comments$", None),
]


LATE_FAULTS = ["502 before", "502 after", "dropped after", "429 without"]


@pytest.mark.parametrize(("write", "fault"), crossed(LATER, LATE_FAULTS, fast=2))
def test_every_later_write_is_made_once(world: World, write, fault: str):
    act, path, last = write
    expected = [(c["author"], c["body"]) for c in undisturbed(world, act)["comments"]]
    world.hub.fault(path, method="write", **PASSING[fault])
    act(world)
    world.night(last)
    found = [(c["author"], c["body"]) for c in world.snapshot["comments"]]
    assert len(found) == len(expected)
    assert [author for author, _ in found] == [author for author, _ in expected]
    world.again_writes_nothing(last)


def test_no_token_is_left_anywhere(world: World, capfd):
    world.hub.fault(GIT, method="POST", status=401)
    report = [world.night().message, world.night(OTHER).message]
    out = "".join([*report, *capfd.readouterr()])
    for file in world.collection.folder.rglob("*"):
        if file.is_file():
            assert world.hub.token.encode() not in file.read_bytes()
    assert world.hub.token not in out
    assert world.hub.token not in repr(world.opened)
