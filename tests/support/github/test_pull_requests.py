import subprocess
import time
from pathlib import Path
import pytest
from github import GithubException

from tests.support.github.hub import COLLECTION, Hub
from tests.support.upstream import git


def test_smoke(hub: Hub, tmp_path: Path):
    wc = tmp_path / "wc"
    git(tmp_path, "clone", "--quiet", hub.clone_url, str(wc), **hub.git_env())
    git(wc, "checkout", "--quiet", "-b", "sync/datasets")
    (wc / "f").write_text("1")
    git(wc, "add", "f")
    git(wc, "commit", "--quiet", "-m", "night")
    git(wc, "push", "--quiet", "origin", "sync/datasets", **hub.git_env())
    repo = hub.repo()
    pr = repo.create_pull(base="main", head="sync/datasets", title="t", body="b", draft=True)
    assert [f.filename for f in pr.get_files()] == ["f"]
    pr.add_to_labels("sync", "x")
    pr.create_issue_comment("hi").create_reaction("eyes")
    pr.mark_ready_for_review()
    pr.convert_to_draft()
    pr.mark_ready_for_review()
    pr.create_review_request(reviewers=["reviewer"])
    pr.edit(body="new")
    hub.merge(pr.number)
    print(hub.snapshot())
    print(hub.answers_off())
    t = time.time(); n = len(hub.requests_off()); print("req", time.time() - t)
    t = time.time(); n = len(hub.answers_off()); print("resp", time.time() - t)
    for _ in range(3):
        t = time.time(); hub.reset(); print("reset", time.time() - t)
