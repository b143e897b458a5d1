"""A fork of ours follows its upstream forward, and never into a rewritten history."""

import datetime as dt
from typing import cast

import pytest
from github import Github

from flows.forge.github import forks
from flows.forge.github.forks import Fork, bring_up
from tests.support.github.hub import FORK, SOURCE, Hub
from tests.support.upstream import git

TODAY = dt.date(2026, 11, 23)
OURS = [Fork("set", FORK)]


@pytest.fixture
def forked(hub: Hub, tmp_path):
    """A fork that is where its upstream was."""
    folder = tmp_path / "made"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "begin")
    for repo in (SOURCE, FORK):
        hub.adopt(str(folder), repo=repo)
    return folder


def tip(hub: Hub, repo: str) -> str:
    return str(hub.snapshot(repo)["refs"]["refs/heads/main"])


def tags(hub: Hub) -> dict[str, str]:
    return {k: v for k, v in hub.snapshot(FORK)["refs"].items() if k.startswith("refs/tags/")}


def test_a_fork_that_is_up_to_date_is_left_alone(hub: Hub, forked):
    mark = hub.mark()
    assert bring_up(hub.client(), OURS, TODAY) == {}
    assert hub.writes_since(mark) == []


def test_a_fork_follows_its_upstream_forward(hub: Hub, forked):
    new = hub.commit_as_person("main", {"a.png": b"a"}, repo=SOURCE, login="upstream")
    assert bring_up(hub.client(), OURS, TODAY) == {}
    assert tip(hub, FORK) == new
    assert tags(hub) == {}


def test_our_own_commits_on_a_fork_are_kept(hub: Hub, forked):
    mine = hub.commit_as_person("main", {"fix.csv": b"x"}, repo=FORK)
    assert bring_up(hub.client(), OURS, TODAY) == {}
    assert tip(hub, FORK) == mine


def test_a_rewritten_upstream_is_told_and_not_followed_and_the_pin_is_kept_once(hub: Hub, forked):
    old = hub.commit_as_person("main", {"a.png": b"a"}, repo=FORK)
    hub.commit_as_person("main", {"b.png": b"b"}, repo=SOURCE, login="upstream")
    notes = bring_up(hub.client(), OURS, TODAY)
    assert "rewrote its history" in notes["set"]
    assert tip(hub, FORK) == old
    assert tags(hub) == {f"refs/tags/archive/2026-11-23-{old[:12]}": old}
    mark = hub.mark()
    assert bring_up(hub.client(), OURS, TODAY + dt.timedelta(days=1)) == notes
    assert hub.writes_since(mark) == []


def test_one_fork_that_fails_stops_no_other(hub: Hub, forked):
    hub.commit_as_person("main", {"a.png": b"a"}, repo=SOURCE, login="upstream")
    notes = bring_up(hub.client(), [Fork("gone", "maintainer/nothing"), *OURS], TODAY)
    assert list(notes) == ["gone"]
    assert tip(hub, FORK) == tip(hub, SOURCE)


def test_an_answer_about_one_fork_that_nobody_expects_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_github: object, fork: Fork, _today: dt.date) -> None:
        if fork.source == "odd":
            raise KeyError("default_branch")

    monkeypatch.setattr(forks, "_update", fails)
    notes = bring_up(cast("Github", None), [Fork("odd", "a/b"), *OURS], TODAY)
    assert notes == {"odd": "fork a/b could not be updated; the log has a report"}
    assert "KeyError: 'default_branch'" in caplog.text


@pytest.mark.parametrize("after", [False, True])
def test_an_answer_that_is_lost_makes_nothing_twice(hub: Hub, forked, after: bool):
    old = hub.commit_as_person("main", {"a.png": b"a"}, repo=FORK)
    hub.commit_as_person("main", {"b.png": b"b"}, repo=SOURCE, login="upstream")
    hub.fault("git/refs$", method="POST", status=502, after=after)
    bring_up(hub.client(retry=None), OURS, TODAY)
    assert list(tags(hub).values()) == [old]
