"""A pull request lives in two worlds, git and the API, and they agree."""

from pathlib import Path

import pytest
from github import GithubException
from github.PullRequest import PullRequest

from tests.support.github.checkout import Checkout, PushRefused
from tests.support.github.hub import FORK, SOURCE, Hub

BRANCH = "sync/datasets"


@pytest.fixture
def checkout(hub: Hub, tmp_path: Path) -> Checkout:
    return Checkout(hub, tmp_path / "checkout")


@pytest.fixture
def pull(hub: Hub, checkout: Checkout) -> PullRequest:
    checkout.commit(BRANCH)
    checkout.push(BRANCH)
    return hub.repo().create_pull(
        base="main", head=BRANCH, title="A night", body="text", draft=False
    )


def test_a_push_moves_the_head_of_the_pull_request(hub: Hub, checkout: Checkout, pull: PullRequest):
    assert [file.filename for file in pull.get_files()] == ["night.txt"]
    sha = checkout.commit(BRANCH, "second", file="other.txt")
    checkout.push(BRANCH, "--force")
    again = hub.repo().get_pull(pull.number)
    assert again.head.sha == sha != pull.head.sha
    assert [file.filename for file in again.get_files()] == ["other.txt"]
    assert [commit.sha for commit in again.get_commits()] == [sha]


def test_a_merge_can_be_fetched(hub: Hub, checkout: Checkout, pull: PullRequest):
    merged = hub.merge(pull.number)
    checkout.git("fetch", "--quiet", "origin")
    assert checkout.git("rev-parse", "origin/main") == merged
    assert checkout.git("show", "origin/main:night.txt") == "night"
    assert checkout.git("rev-parse", f"{merged}^2") == pull.head.sha
    again = hub.repo().get_pull(pull.number)
    assert (again.merged, again.state, again.merge_commit_sha) == (True, "closed", merged)
    assert again.merged_by.login == "maintainer"


def test_a_squash_has_one_parent(hub: Hub, checkout: Checkout, pull: PullRequest):
    merged = hub.merge(pull.number, method="squash")
    checkout.git("fetch", "--quiet", "origin")
    assert checkout.git("log", "-1", "--format=%P %s", merged).split() == [
        pull.base.sha,
        "A",
        "night",
        f"(#{pull.number})",
    ]


def test_a_lease_protects_a_persons_commit(hub: Hub, checkout: Checkout, pull: PullRequest):
    theirs = hub.commit_as_person(BRANCH, {"theirs.txt": b"mine"})
    checkout.commit(BRANCH, "third")
    with pytest.raises(PushRefused, match="stale info"):
        checkout.push(BRANCH, f"--force-with-lease={BRANCH}:{pull.head.sha}")
    assert hub.snapshot()["pulls"][0]["head_sha"] == theirs
    checkout.push(BRANCH, f"--force-with-lease={BRANCH}:{theirs}")


def test_a_conflict_makes_it_unmergeable(hub: Hub, pull: PullRequest):
    hub.commit_as_person("main", {"night.txt": b"otherwise\n"})
    again = hub.repo().get_pull(pull.number)
    assert (again.mergeable, again.mergeable_state) == (False, "dirty")
    with pytest.raises(GithubException) as refused:
        again.merge()
    assert refused.value.status == 405


def test_a_deleted_branch_closes_it(hub: Hub, pull: PullRequest):
    hub.repo().get_git_ref(f"heads/{BRANCH}").delete()
    again = hub.repo().get_pull(pull.number)
    assert (again.state, again.merged) == ("closed", False)
    with pytest.raises(GithubException) as refused:
        again.edit(state="open")
    assert refused.value.status == 422


def test_a_branch_pushed_back_to_its_base_closes_it(
    hub: Hub, checkout: Checkout, pull: PullRequest
):
    checkout.git("push", "--quiet", "--force", "origin", f"origin/main:{BRANCH}")
    again = hub.repo().get_pull(pull.number)
    assert (again.state, again.merged) == ("closed", False)


def test_a_base_that_takes_the_head_in_merges_it(hub: Hub, checkout: Checkout, pull: PullRequest):
    checkout.push(f"{BRANCH}:main")
    again = hub.repo().get_pull(pull.number)
    assert (again.state, again.merged) == ("closed", True)


def test_what_happens_elsewhere_leaves_it_alone(hub: Hub, pull: PullRequest):
    before = hub.repo().get_pull(pull.number).updated_at
    hub.commit_as_person("elsewhere", {"a": b"1"})
    assert hub.repo().get_pull(pull.number).updated_at == before


def test_its_last_head_stays_fetchable(hub: Hub, checkout: Checkout, pull: PullRequest):
    hub.delete_branch_as("maintainer", BRANCH)
    checkout.git("fetch", "--quiet", "origin", f"refs/pull/{pull.number}/head")
    assert checkout.git("rev-parse", "FETCH_HEAD") == pull.head.sha


def test_a_closed_one_can_be_reopened(hub: Hub, pull: PullRequest):
    pull.edit(state="closed")
    assert hub.snapshot()["pulls"][0]["state"] == "closed"
    pull.edit(state="open", title="Again", body="new", base="main")
    assert hub.snapshot()["pulls"][0]["title"] == "Again"


def test_it_is_found_by_head_and_base(hub: Hub, pull: PullRequest):
    repo = hub.repo()
    found = repo.get_pulls(state="open", head=f"maintainer:{BRANCH}", base="main")
    assert [one.number for one in found] == [pull.number]
    assert list(repo.get_pulls(state="open", head="maintainer:other")) == []


def test_only_graphql_changes_a_draft(hub: Hub, checkout: Checkout):
    checkout.commit(BRANCH)
    checkout.push(BRANCH)
    pull = hub.repo().create_pull(base="main", head=BRANCH, title="Held", draft=True)
    assert hub.repo().get_pull(pull.number).draft
    pull.mark_ready_for_review()
    assert not hub.repo().get_pull(pull.number).draft
    pull.convert_to_draft()
    assert hub.snapshot()["pulls"][0]["draft"]
    with pytest.raises(GithubException) as refused:
        hub.repo().get_pull(pull.number).merge()
    assert refused.value.status == 405


def test_a_stranger_does_not_change_a_draft(hub: Hub, pull: PullRequest):
    theirs = hub.repo(token="token-of-stranger").get_pull(pull.number)
    with pytest.raises(GithubException, match="does not have permission"):
        theirs.convert_to_draft()
    assert not hub.snapshot()["pulls"][0]["draft"]


def test_reviewers_are_collaborators_but_not_the_author(hub: Hub, pull: PullRequest):
    pull.create_review_request(reviewers=["reviewer", "maintainer"])
    users, _ = pull.get_review_requests()
    assert [user.login for user in users] == ["reviewer", "maintainer"]
    pull.delete_review_request(reviewers=["maintainer"])
    assert hub.snapshot()["pulls"][0]["reviewers"] == ["reviewer"]
    for wrong in ("bot", "stranger", "nobody"):
        with pytest.raises(GithubException) as refused:
            pull.create_review_request(reviewers=[wrong])
        assert refused.value.status == 422


def test_comments_and_reactions_come_back(hub: Hub, pull: PullRequest):
    asked = hub.comment_as("reviewer", "/sync rebuild", number=pull.number)
    comment = pull.get_issue_comment(asked)
    comment.create_reaction("eyes")
    comment.create_reaction("eyes")
    assert [reaction.content for reaction in comment.get_reactions()] == ["eyes"]
    own = pull.create_issue_comment("sticky")
    own.edit("sticky, edited")
    assert [(one.user.login, one.body) for one in pull.get_issue_comments()] == [
        ("reviewer", "/sync rebuild"),
        ("bot", "sticky, edited"),
    ]
    assert hub.snapshot()["comments"][0]["reactions"] == ["bot eyes"]
    own.delete()
    assert pull.get_issue_comments().totalCount == 1


def test_a_body_edited_by_a_person_is_read(hub: Hub, pull: PullRequest):
    hub.edit_body_as("maintainer", "- [x] rebuild", number=pull.number)
    assert hub.repo().get_pull(pull.number).body == "- [x] rebuild"


def test_labels_make_issues_findable(hub: Hub, pull: PullRequest):
    repo = hub.repo()
    label = repo.create_label("sync:hold", "ededed", "compute, write nothing")
    pull.add_to_labels(label)
    issue = repo.create_issue("A source is gone", body="x", labels=["source"])
    assert [one.number for one in repo.get_issues(labels=["sync:hold"])] == [pull.number]
    assert [one.number for one in repo.get_issues(state="open")] == [issue.number, pull.number]
    assert repo.get_issue(pull.number).pull_request is not None
    pull.remove_from_labels("sync:hold")
    pull.set_labels("one", "two")
    repo.get_issue(pull.number).edit(labels=["three"])
    assert hub.snapshot()["pulls"][0]["labels"] == ["three"]
    issue.edit(state="closed", state_reason="completed")
    assert [one.number for one in repo.get_issues()] == [pull.number]


def test_an_app_has_a_name_but_is_no_user(hub: Hub, checkout: Checkout):
    checkout.commit(BRANCH)
    checkout.push(BRANCH)
    client = hub.client(hub.app_token)
    pull = client.get_repo("maintainer/collection").create_pull(base="main", head=BRANCH, title="t")
    assert (pull.user.login, pull.user.type) == ("sync-app[bot]", "Bot")
    with pytest.raises(GithubException) as refused:
        _ = client.get_user().login
    assert refused.value.status == 403
    _, answer = client.requester.graphql_query("query { viewer { login } }", {})
    assert answer["data"]["viewer"]["login"] == "sync-app[bot]"
    assert hub.client().get_user().login == "bot"


def test_a_fork_is_brought_up_to_its_upstream(hub: Hub):
    fork = hub.repo(FORK)
    assert fork.parent.full_name == SOURCE
    assert fork.merge_upstream("main").merge_type == "none"
    new = hub.commit_as_person("main", {"image.png": b"x"}, login="upstream", repo=SOURCE)
    assert fork.merge_upstream("main").merge_type == "fast-forward"
    assert hub.snapshot(FORK)["refs"]["refs/heads/main"] == new


def test_a_rewritten_upstream_is_merged_without_a_word(hub: Hub):
    hub.commit_as_person("main", {"ours": b"1"}, repo=FORK)
    hub.commit_as_person("main", {"theirs": b"2"}, login="upstream", repo=SOURCE)
    assert hub.repo(FORK).merge_upstream("main").merge_type == "merge"


def test_one_that_conflicts_is_not(hub: Hub):
    hub.commit_as_person("main", {"a": b"1"}, repo=FORK)
    hub.commit_as_person("main", {"a": b"2"}, login="upstream", repo=SOURCE)
    with pytest.raises(GithubException) as refused:
        hub.repo(FORK).merge_upstream("main")
    assert refused.value.status == 409
