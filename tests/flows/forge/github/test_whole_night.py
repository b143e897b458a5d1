"""The command as a workflow runs it: a night of a real upstream, proposed on GitHub, merged."""

import datetime as dt
import subprocess

import pytest

from tests.support import warm
from tests.support.collection import SIMPLE, Collection
from tests.support.github.hub import COLLECTION, Hub
from tests.support.pictures import png
from tests.support.upstream import Upstream, git


def sync(collection: Collection, hub: Hub, *options: str) -> subprocess.CompletedProcess[str]:
    variables = {
        "GITHUB_TOKEN": hub.token,
        "GITHUB_REPOSITORY": COLLECTION,
        "GITHUB_RUN_ID": "7",
        "GITHUB_SERVER_URL": hub.url,
        "GITHUB_API_URL": hub.url,
    }
    return warm.run("flows", "sync", *options, folder=collection.folder, variables=variables)


@pytest.fixture
def proposing(hub: Hub, collection: Collection, upstream: Upstream) -> Collection:
    upstream.commit({f"images/{i}.png": png(i) for i in range(3)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    policy = 'protocols = ["file"]\n[forge]\nkind = "github"\nseconds_between_writes = 0\n'
    (collection.folder / "config" / "policy.toml").write_text(policy, encoding="utf-8")
    git(collection.folder, "add", "config")
    git(collection.folder, "commit", "--quiet", "-m", "config")
    hub.adopt(str(collection.folder))
    return collection


def test_a_night_is_proposed_merged_and_then_quiet(hub: Hub, proposing: Collection):
    done = sync(proposing, hub, "--direct")
    assert done.returncode == 0, done.stderr
    [pull] = hub.snapshot()["pulls"]
    assert pull["title"] == "1 source moved: 3 new images"
    assert "?raw=true)" in pull["body"]
    assert hub.token not in done.stdout + done.stderr

    mark = hub.mark()
    assert "The same is proposed already" in sync(proposing, hub, "--direct").stdout
    assert hub.writes_since(mark) == []

    hub.merge(1)  # here main stays where it was: the base is GitHub's
    assert "branch was deleted" in sync(proposing, hub, "--direct").stdout
    kept = f"refs/heads/sync/datasets-merged-{dt.datetime.now(dt.UTC).year}"
    assert sorted(hub.snapshot()["refs"]) == ["refs/heads/main", kept]
    mark = hub.mark()
    assert "Nothing to propose" in sync(proposing, hub, "--direct").stdout
    assert hub.writes_since(mark) == []


@pytest.mark.parametrize(
    ("token", "code", "words"),
    [("token-of-nobody", 1, "does not accept the token"), ("", 2, "There is no token for GitHub")],
)
def test_a_token_that_opens_nothing_ends_with_words(
    hub: Hub, proposing: Collection, monkeypatch, token: str, code: int, words: str
):
    monkeypatch.setattr(hub, "token", token)
    done = sync(proposing, hub, "--direct")
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
