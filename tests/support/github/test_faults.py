"""Trouble comes as ordered: which request, how often, before or after the write."""

from pathlib import Path

import pytest
import requests
from github import GithubException
from github.Repository import Repository

from tests.support.github.checkout import Checkout, PushRefused
from tests.support.github.hub import Hub


@pytest.fixture
def repo(hub: Hub) -> Repository:
    return hub.repo(retry=None, timeout=1)


def titles(hub: Hub) -> list[str]:
    return [issue["title"] for issue in hub.snapshot()["issues"]]


@pytest.mark.parametrize("status", [401, 403, 404, 422, 429, 500, 502])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_status_before_or_after_the_write(hub: Hub, repo: Repository, status: int, after: bool):
    hub.fault("/issues$", method="POST", status=status, after=after)
    with pytest.raises(GithubException) as refused:
        repo.create_issue("one")
    assert refused.value.status == status
    assert titles(hub) == (["one"] if after else [])
    assert [entry.status for entry in hub.writes_since()] == ([status] if after else [])
    assert hub.faults_left() == 0
    repo.create_issue("two")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_dropped_connection(hub: Hub, repo: Repository, after: bool):
    hub.fault("/issues$", method="POST", drop=True, after=after)
    with pytest.raises(requests.ConnectionError):
        repo.create_issue("one")
    assert titles(hub) == (["one"] if after else [])
    assert hub.ledger()[-1].status is None


def test_an_answer_that_comes_too_late(hub: Hub, repo: Repository):
    hub.fault("/issues$", method="POST", delay_s=1.5, after=True)
    with pytest.raises(requests.ReadTimeout):
        repo.create_issue("one")
    assert titles(hub) == ["one"]


def test_a_write_that_comes_too_late_for_its_client(hub: Hub, repo: Repository):
    hub.fault("/issues$", method="POST", delay_s=1.5)
    with pytest.raises(requests.ReadTimeout):
        repo.create_issue("one")
    assert titles(hub) == []
    hub.settle()
    assert titles(hub) == ["one"]
    assert [entry.status for entry in hub.writes_since()] == [201]


def test_a_delay_does_not_reach_into_the_next_test(hub: Hub, repo: Repository):
    hub.fault("/issues$", method="POST", delay_s=1.2)
    with pytest.raises(requests.ReadTimeout):
        repo.create_issue("one")
    hub.reset()
    hub.fault("/labels$", delay_s=0.6)
    assert list(hub.repo().get_labels()) == []
    assert titles(hub) == []


@pytest.mark.parametrize("seconds", [None, 7])
def test_limits_with_and_without_an_hour_to_come_back(
    hub: Hub, repo: Repository, seconds: int | None
):
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    hub.fault("/issues$", status=429, message="Too many requests", headers=headers)
    hub.secondary_limit("/issues$", retry_after_s=seconds)
    for status in (429, 403):
        with pytest.raises(GithubException) as refused:
            repo.create_issue("one")
        assert refused.value.status == status
        assert refused.value.headers.get("retry-after") == (seconds and str(seconds))
    assert "secondary rate limit" in str(refused.value)


def test_a_fault_can_wait_for_the_third_write(hub: Hub, repo: Repository):
    hub.fault(method="write", skip=2, status=500)
    repo.create_issue("one")
    list(repo.get_issues())
    repo.create_label("two", "ededed")
    with pytest.raises(GithubException):
        repo.create_issue("three")
    assert titles(hub) == ["one"]


def test_one_fault_may_hit_while_another_waits(hub: Hub, repo: Repository):
    hub.fault(method="write", skip=1, status=500)
    hub.fault(method="write", status=422)
    for status in (422, 500):
        with pytest.raises(GithubException) as refused:
            repo.create_issue("one")
        assert refused.value.status == status


def test_a_fault_comes_as_often_as_it_should(hub: Hub, repo: Repository):
    hub.fault("/branches/main$", status=502, times=2)
    for _ in range(2):
        with pytest.raises(GithubException):
            repo.get_branch("main")
    repo.get_branch("main")
    hub.fault("/branches/main$", status=502)
    hub.clear_faults()
    repo.get_branch("main")


def test_pygithubs_own_retry_makes_two_of_everything(hub: Hub):
    """The reason for a retry class of ours."""
    hub.fault("/issues$", method="POST", status=502, after=True)
    hub.repo().create_issue("one")
    assert titles(hub) == ["one", "one"]


@pytest.mark.parametrize(
    ("trouble", "words", "arrives"),
    [
        ({"status": 403, "message": "no"}, "403", False),
        ({"status": 500}, "500", False),
        ({"drop": True}, "", False),
        ({"drop": True, "after": True}, "", True),
        ({"decline": "GH013: Repository rule violations found"}, "GH013.*remote rejected", False),
    ],
    ids=["refused", "error", "dropped before", "dropped after", "declined"],
)
def test_a_push_in_trouble(
    hub: Hub, tmp_path: Path, trouble: dict[str, object], words: str, arrives: bool
):
    checkout = Checkout(hub, tmp_path / "checkout")
    sha = checkout.commit("mine")
    hub.fault("/git-receive-pack$", method="POST", **trouble)  # type: ignore[arg-type]
    with pytest.raises(PushRefused, match=f"(?s){words}"):
        checkout.push("mine")
    assert hub.snapshot()["refs"].get("refs/heads/mine") == (sha if arrives else None)
    assert len(hub.writes_since()) == arrives
    checkout.push("mine", "--force-with-lease")
    assert hub.snapshot()["refs"]["refs/heads/mine"] == sha


def test_a_fetch_in_trouble(hub: Hub, tmp_path: Path):
    hub.fault("/info/refs$", drop=True)
    with pytest.raises(PushRefused, match="unable to access"):
        Checkout(hub, tmp_path / "checkout")


def test_people_are_never_hit(hub: Hub):
    hub.fault(status=500, times=9)
    hub.commit_as_person("other", {"a": b"1"})
    hub.as_person("maintainer", "POST", "/repos/maintainer/collection/issues", {"title": "x"})
    assert (titles(hub), hub.faults_left(), hub.ledger()) == (["x"], 9, [])
