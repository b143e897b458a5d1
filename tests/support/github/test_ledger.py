"""The ledger knows every request, and no token; GitHub's description is the measure of each."""

import json
from pathlib import Path

import pytest
from github import GithubException

from tests.support.github.checkout import Checkout
from tests.support.github.hub import COLLECTION, Hub
from tests.support.upstream import Upstream


def test_it_tells_reads_from_writes(hub: Hub, tmp_path: Path):
    repo = hub.repo()
    mark = hub.mark()
    issue = repo.create_issue("x")
    list(repo.get_issues())
    with pytest.raises(GithubException):
        repo.create_label("x", "red")
    checkout = Checkout(hub, tmp_path / "checkout")
    checkout.commit("mine")
    checkout.push("mine")
    checkout.push("mine")
    assert [(entry.method, entry.path) for entry in hub.writes_since(mark)] == [
        ("POST", f"/repos/{COLLECTION}/issues"),
        ("POST", f"/{COLLECTION}.git/git-receive-pack"),
    ]
    quiet = hub.mark()
    repo.get_issue(issue.number)
    hub.client().requester.graphql_query("query { viewer { login } }", {})
    assert hub.writes_since(quiet) == []


def test_it_tells_who_without_the_token(hub: Hub, tmp_path: Path):
    hub.repo()
    hub.repo(token="token-of-reader")
    Checkout(hub, tmp_path / "checkout")
    entries = hub.ledger()
    assert {entry.login for entry in entries} == {"bot", "reader"}
    assert len({entry.auth for entry in entries}) == 2
    assert "token-of" not in json.dumps([*hub.exchanges(), *entries])


def test_a_request_off_the_description_is_found(hub: Hub):
    requester = hub.client(retry=None).requester
    for method, path, body in [
        ("POST", "/pulls", {"title": 1, "head": "x", "base": "main"}),
        ("POST", "/issues?labels=x", {"title": "x"}),
        ("POST", "/labels", {}),
        ("PUT", "/issues", None),
    ]:
        requester.requestJson(method, f"/repos/{COLLECTION}{path}", input=body)
    assert hub.requests_off() == [
        "POST /repos/{owner}/{repo}/pulls: title: 1 is not of type 'string'",
        "POST /repos/{owner}/{repo}/issues: unknown parameter labels",
        "POST /repos/{owner}/{repo}/labels: body: 'name' is a required property",
        f"PUT /repos/{COLLECTION}/issues: GitHub has no such operation",
    ]
    hub.reset()  # or this test would fail for what it did


def test_labels_may_come_as_a_bare_array_of_names_only(hub: Hub):
    issue = hub.repo().create_issue("x")
    issue.add_to_labels("a")
    issue.set_labels("b")
    assert hub.requests_off() == []
    hub.client().requester.requestJson(
        "POST", f"/repos/{COLLECTION}/issues/{issue.number}/labels", input=["a", 1]
    )
    assert len(hub.requests_off()) == 1
    hub.reset()


OFF_SPEC = """
import pytest

def test_off_spec(hub):
    hub.client(retry=None).requester.requestJson(
        "POST", "/repos/maintainer/collection/labels", input={"name": 1})
"""


def test_such_a_request_fails_its_test(pytester: pytest.Pytester):
    pytester.makepyfile(OFF_SPEC)
    root = str(Path(__file__).parents[3])
    pytester.syspathinsert(root)
    pytester._monkeypatch.setenv("PYTHONPATH", root)
    outcome = pytester.runpytest_subprocess("-p", "tests.support.github.fixtures")
    outcome.assert_outcomes(passed=1, errors=1)
    outcome.stdout.fnmatch_lines(["*requests off GitHub's description:*"])


def test_a_repository_can_be_replaced_by_a_local_one(hub: Hub, upstream: Upstream):
    tip = upstream.commit({"a": b"1"})
    assert hub.adopt(str(upstream.folder)) == {"refs/heads/master": tip}
    assert [branch.name for branch in hub.repo().get_branches()] == ["master"]


def test_a_reset_forgets_everything(hub: Hub):
    hub.repo().create_issue("x")
    hub.commit_as_person("other", {"a": b"1"})
    before = hub.snapshot()["refs"]
    hub.reset()
    assert (hub.ledger(), hub.snapshot()["issues"]) == ([], [])
    assert set(before) - set(hub.snapshot()["refs"]) == {"refs/heads/other"}
