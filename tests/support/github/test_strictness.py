"""The emulator refuses what GitHub refuses."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from github import GithubException
from github.Repository import Repository

from tests.support.github.checkout import Checkout, PushRefused
from tests.support.github.hub import COLLECTION, Hub

SECRET = "maintainer/secret"


def refused(act: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(GithubException) as problem:
        act()
    return problem.value.status, str(problem.value.data)


def test_a_bad_token_is_nobody(hub: Hub):
    assert refused(lambda: hub.repo(token="made-up"))[0] == 401
    assert hub.ledger()[-1].login is None


def test_no_token_reads_what_is_public_and_writes_nothing(hub: Hub):
    repo = hub.repo(token=None)
    assert repo.get_branch("main").name == "main"
    assert refused(lambda: repo.create_issue("x"))[0] == 401
    assert refused(lambda: hub.repo(SECRET, token=None))[0] == 404


def test_what_is_private_is_not_there(hub: Hub):
    assert refused(lambda: hub.repo(SECRET))[0] == 404
    assert hub.repo(SECRET, token="token-of-maintainer").private


@pytest.mark.parametrize("token", [Hub.read_only_token, "token-of-reader", "token-of-stranger"])
@pytest.mark.parametrize(
    "write",
    [
        lambda repo: repo.create_label("sync", "ededed"),
        lambda repo: repo.create_git_ref("refs/heads/x", repo.get_branch("main").commit.sha),
        lambda repo: repo.create_git_release("v1", "v1", "text", draft=True),
        lambda repo: repo.create_pull(base="main", head="other", title="t").add_to_labels("x"),
    ],
    ids=["label", "ref", "release", "labels"],
)
def test_a_write_needs_permission(hub: Hub, token: str, write: Callable[[Repository], Any]):
    hub.commit_as_person("other", {"a": b"1"})
    repo = hub.repo(token=token)
    assert refused(lambda: write(repo))[0] == 403


def test_a_reader_may_still_talk_but_not_change_what_is_others(hub: Hub):
    mine = hub.repo().create_issue("By the bot")
    theirs = hub.repo(token="token-of-stranger").get_issue(mine.number)
    comment = theirs.create_comment("hello")
    comment.edit("hello again")
    assert refused(lambda: theirs.edit(title="taken over"))[0] == 403
    other = hub.repo(token="token-of-reader").get_issue(mine.number).get_comment(comment.id)
    assert refused(lambda: other.edit("mine now"))[0] == 403


def test_nothing_is_invented(hub: Hub):
    repo = hub.repo()
    for ask in (
        lambda: repo.get_branch("nowhere"),
        lambda: repo.get_git_ref("heads/nowhere"),
        lambda: repo.get_git_ref("heads/mai"),
        lambda: repo.get_contents("nowhere.txt"),
        lambda: repo.get_label("nothing"),
        lambda: repo.get_pull(7),
        lambda: repo.get_issue(7),
        lambda: repo.get_release("v0"),
        lambda: hub.repo("maintainer/nothing"),
    ):
        assert refused(ask)[0] == 404


def test_a_pull_request_needs_two_branches_and_a_difference(hub: Hub):
    repo = hub.repo()
    hub.commit_as_person("other", {"a": b"1"})
    repo.create_git_ref("refs/heads/same", repo.get_branch("main").commit.sha)
    wrong = {"base": ("nowhere", "other"), "head": ("main", "nowhere")}
    for field, (base, head) in wrong.items():
        status, words = refused(lambda b=base, h=head: repo.create_pull(base=b, head=h, title="t"))
        assert (status, f"'field': '{field}'" in words) == (422, True)
    assert (
        "No commits between main and same"
        in refused(lambda: repo.create_pull(base="main", head="same", title="t"))[1]
    )
    repo.create_pull(base="main", head="other", title="t")
    status, words = refused(lambda: repo.create_pull(base="main", head="other", title="again"))
    assert (status, "A pull request already exists for maintainer:other." in words) == (422, True)
    assert len(hub.snapshot()["pulls"]) == 1


def test_an_unknown_base_is_refused_in_an_edit_too(hub: Hub):
    hub.commit_as_person("other", {"a": b"1"})
    pull = hub.repo().create_pull(base="main", head="other", title="t")
    assert refused(lambda: pull.edit(base="nowhere"))[0] == 422


def test_labels_are_unique_whatever_their_case(hub: Hub):
    repo = hub.repo()
    repo.create_label("sync:hold", "ededed")
    status, words = refused(lambda: repo.create_label("Sync:Hold", "ededed"))
    assert (status, "already_exists" in words) == (422, True)
    assert refused(lambda: repo.create_label("x" * 51, "ededed"))[0] == 422
    assert refused(lambda: repo.create_label("x", "red"))[0] == 422
    repo.create_issue("x").add_to_labels("SYNC:HOLD")
    assert hub.snapshot()["issues"][0]["labels"] == ["sync:hold"]


def test_a_text_has_a_length(hub: Hub):
    repo = hub.repo()
    issue = repo.create_issue("x", body="y" * 65_536)
    assert refused(lambda: repo.create_issue("x", body="y" * 65_537))[0] == 422
    assert refused(lambda: issue.edit(body="y" * 65_537))[0] == 422
    assert refused(lambda: issue.create_comment("y" * 65_537))[0] == 422


def test_refs_are_as_in_git(hub: Hub):
    repo = hub.repo()
    first = repo.get_branch("main").commit.sha
    other = hub.commit_as_person("other", {"a": b"1"})
    made = repo.create_git_ref("refs/heads/archive/one", first)
    assert refused(lambda: repo.create_git_ref("refs/heads/archive/one", first))[0] == 422
    assert refused(lambda: repo.create_git_ref("refs/heads/a..b", first))[0] == 422
    assert refused(lambda: repo.create_git_ref("refs/heads/b", "0" * 40))[0] == 422
    made.edit(other)
    assert refused(lambda: made.edit(first))[0] == 422
    made.edit(first, force=True)
    made.delete()
    assert refused(made.delete)[0] == 422
    assert set(hub.snapshot()["refs"]) == {"refs/heads/main", "refs/heads/other"}


def test_annotated_tags_are_objects(hub: Hub):
    repo = hub.repo()
    sha = repo.get_branch("main").commit.sha
    tag = repo.create_git_tag("v1", "first", sha, "commit")
    repo.create_git_ref("refs/tags/v1", tag.sha)
    assert repo.get_git_ref("tags/v1").object.type == "tag"
    assert [(one.name, one.commit.sha) for one in repo.get_tags()] == [("v1", sha)]
    assert repo.get_git_tag(tag.sha).message == "first"


def test_objects_made_through_the_api_are_gits(hub: Hub, tmp_path: Path):
    from github import InputGitTreeElement

    repo = hub.repo()
    blob = repo.create_git_blob("aGVsbG8=", "base64")
    element = InputGitTreeElement("sheets/1.png", "100644", "blob", sha=blob.sha)
    tree = repo.create_git_tree([element])
    commit = repo.create_git_commit("sheets", tree, [])
    repo.create_git_ref("refs/heads/sync/sheets", commit.sha)
    assert repo.get_contents("sheets/1.png", ref="sync/sheets").decoded_content == b"hello"
    page = f"{hub.url}/{COLLECTION}/blob/{commit.sha}/sheets/1.png"
    shown = requests.get(page, params={"raw": "true"}, timeout=10)
    assert (shown.content, shown.headers["content-type"]) == (b"hello", "image/png")
    missing = requests.get(page.replace("1.png", "2.png"), params={"raw": "true"}, timeout=10)
    assert missing.status_code == 404
    checkout = Checkout(hub, tmp_path / "checkout")
    assert checkout.git("cat-file", "-p", f"{commit.sha}:sheets/1.png") == "hello"


def test_history_is_gits(hub: Hub):
    repo = hub.repo()
    first = repo.get_branch("main").commit.sha
    second = hub.commit_as_person("main", {"a.txt": b"1\n", "b.txt": b"2\n"})
    assert [one.sha for one in repo.get_commits()] == [second, first]
    assert [one.sha for one in repo.get_commits(path="a.txt")] == [second]
    compared = repo.compare(first, second)
    assert (compared.status, compared.ahead_by, len(compared.files)) == ("ahead", 1, 2)
    assert repo.get_commit(second).stats.additions == 2
    assert sorted(one.path for one in repo.get_contents("")) == ["README.md", "a.txt", "b.txt"]


def test_a_bad_token_does_not_push(hub: Hub, tmp_path: Path):
    checkout = Checkout(hub, tmp_path / "checkout")
    checkout.commit("mine")
    refusals = {
        "made-up": "could not read Username",
        Hub.read_only_token: "403",
        "token-of-stranger": "403",
    }
    for token, words in refusals.items():
        checkout.token = token
        with pytest.raises(PushRefused, match=words):
            checkout.push("mine")
    assert list(hub.snapshot()["refs"]) == ["refs/heads/main"]


def test_a_protected_branch_refuses_pushes_and_the_api(hub: Hub, tmp_path: Path):
    hub.protect("main")
    checkout = Checkout(hub, tmp_path / "checkout")
    checkout.commit("mine")
    with pytest.raises(
        PushRefused, match="GH006: Protected branch update failed for refs/heads/main"
    ):
        checkout.push("mine:main")
    checkout.push("mine")
    repo = hub.repo()
    assert repo.get_branch("main").protected
    assert refused(repo.get_git_ref("heads/main").delete)[0] == 422
    hub.protect("main", on=False)
    checkout.push("mine:main")


def test_protection_set_through_the_api_holds(hub: Hub, tmp_path: Path):
    branch = hub.repo(token="token-of-maintainer").get_branch("main")
    branch.edit_protection(enforce_admins=True)
    assert branch.get_protection().enforce_admins
    checkout = Checkout(hub, tmp_path / "checkout")
    checkout.commit("mine")
    with pytest.raises(PushRefused, match="GH006"):
        checkout.push("mine:main")
    branch.remove_protection()
    checkout.push("mine:main")


def test_permission_is_told_in_githubs_words(hub: Hub):
    repo = hub.repo()
    found = {
        login: (repo.get_collaborator_permission(login), repo.has_in_collaborators(login))
        for login in ("maintainer", "reviewer", "reader", "stranger")
    }
    assert found == {
        "maintainer": ("admin", True),
        "reviewer": ("write", True),
        "reader": ("read", True),
        "stranger": ("read", False),
    }
    assert refused(lambda: repo.get_collaborator_permission("nobody"))[0] == 404


def test_long_lists_come_in_pages(hub: Hub):
    repo = hub.repo()
    for number in range(5):
        repo.create_label(f"label-{number}", "ededed")
    client = hub.client(per_page=2)
    names = [one.name for one in client.get_repo(COLLECTION).get_labels()]
    assert names == [f"label-{number}" for number in range(5)]


def test_every_answer_counts_against_the_limit(hub: Hub):
    client = hub.client()
    client.get_repo(COLLECTION)
    remaining, limit = client.rate_limiting
    assert (limit, remaining) == (5000, 4999)
    assert client.get_rate_limit().rate.limit == 5000


def test_people_can_be_looked_up(hub: Hub):
    assert hub.client().get_user("reviewer").login == "reviewer"
    assert sorted(one.login for one in hub.repo().get_collaborators()) == [
        "bot",
        "github-actions[bot]",
        "maintainer",
        "reader",
        "reviewer",
        "sync-app[bot]",
    ]


def test_what_is_not_emulated_says_so(hub: Hub):
    repo = hub.repo()
    status, words = refused(lambda: list(repo.get_assignees()))
    assert (status, "not emulated: GET" in words) == (418, True)
