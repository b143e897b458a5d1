"""Undo: a source goes back to an earlier commit and stays there until somebody releases it."""

import tomllib

import pytest
from typer.testing import CliRunner

from flows.cli.app import app
from tests.flows.forge.github.test_whole_night import proposing, sync
from tests.support.collection import Collection
from tests.support.github.hub import Hub
from tests.support.pictures import png
from tests.support.upstream import Upstream, git

__all__ = ["proposing"]


def fetched(collection: Collection, hub: Hub, branch: str) -> str:
    git(collection.folder, "fetch", "--quiet", hub.clone_url, branch)
    return "FETCH_HEAD"


def night(collection: Collection, hub: Hub) -> str:
    done = sync(collection, hub, "--direct")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def merge(collection: Collection, hub: Hub, number: int) -> None:
    hub.merge(number)
    git(collection.folder, "fetch", "--quiet", hub.clone_url, "main")
    git(collection.folder, "reset", "--quiet", "--hard", "FETCH_HEAD")


def open_pull(hub: Hub) -> dict[str, object]:
    [pull] = [one for one in hub.snapshot()["pulls"] if one["state"] == "open"]
    return dict(pull)


def paths(collection: Collection, ref: str, status: str = "active") -> list[str]:
    rows = collection.records("set", ref).values()
    return sorted(row.path for row in rows if row.status == status)


@pytest.fixture
def two_nights(hub: Hub, proposing: Collection, upstream: Upstream) -> tuple[str, str]:
    """One night merged, the next one proposed; the two upstream commits."""
    first = upstream.tip()
    night(proposing, hub)
    merge(proposing, hub, 1)
    second = upstream.commit({"images/9.png": png(9), "images/0.png": None})
    assert "1 new image" in night(proposing, hub)
    return first, second


def test_a_proposal_that_is_reverted_is_not_proposed_again(
    hub: Hub, proposing: Collection, upstream: Upstream, two_nights: tuple[str, str]
):
    first, _ = two_nights
    number = int(str(open_pull(hub)["number"]))
    hub.comment_as("stranger", "/sync revert set", number=number)
    assert "The same is proposed already" in night(proposing, hub)
    hub.comment_as("reviewer", "/sync revert set", number=number)
    report = night(proposing, hub)
    assert f"pinned at {first[:7]} by reviewer until somebody releases it" in report
    tip = fetched(proposing, hub, "sync/datasets")
    [pin] = tomllib.loads(proposing.file("config/decisions.toml", tip))["pin"]
    assert (pin["source"], pin["commit"], pin["by"]) == ("set", first, "reviewer")
    assert pin["why"] == f"answered in pull request #{number}"
    assert paths(proposing, tip) == [f"images/{i}.png" for i in range(3)]
    assert f"pinned at {first[:7]} by reviewer" in str(open_pull(hub)["body"])
    # Nor on the next night, nor when upstream moves again, nor after the merge.
    upstream.commit({"images/10.png": png(10)})
    mark = hub.mark()
    assert "The same is proposed already" in night(proposing, hub)
    assert hub.writes_since(mark) == []
    merge(proposing, hub, number)
    assert "branch was deleted" in night(proposing, hub)
    assert not [one for one in hub.snapshot()["pulls"] if one["state"] == "open"]
    place = ["--checkout", str(proposing.folder), "--cache", str(proposing.cache)]
    for words in (["status", "--offline"], ["status"]):
        assert f"pinned at {first[:7]}" in CliRunner().invoke(app, [*words, *place]).output
    doctor = CliRunner().invoke(app, ["doctor", "--forge", "folder", *place]).output
    assert f"look  pin set: stays at {first[:12]}" in doctor
    assert "/sync release set" in doctor


@pytest.mark.slow
def test_what_is_merged_already_goes_back_and_comes_again_after_the_release(
    hub: Hub, proposing: Collection, upstream: Upstream, two_nights: tuple[str, str]
):
    first, _ = two_nights
    merge(proposing, hub, int(str(open_pull(hub)["number"])))
    file = proposing.folder / "config" / "decisions.toml"
    pin = f'[[pin]]\nsource = "set"\ncommit = "{first}"\nby = "me"\ndate = 2026-11-26\n'
    file.write_text(pin, encoding="utf-8")
    git(proposing.folder, "add", "config")
    git(proposing.folder, "commit", "--quiet", "-m", "Back")
    hub.adopt(str(proposing.folder))
    assert "1 new image, 1 removed" in night(proposing, hub)
    pull = open_pull(hub)
    assert not pull["draft"]
    tip = fetched(proposing, hub, "sync/datasets")
    assert paths(proposing, tip) == [f"images/{i}.png" for i in range(3)]
    assert paths(proposing, tip, "withdrawn") == ["images/9.png"]
    assert git(proposing.folder, "rev-parse", f"{tip}:datasets/set").strip() == first
    merge(proposing, hub, int(str(pull["number"])))
    assert "branch was deleted" in night(proposing, hub)
    # Released, it is proposed once more as if it were new.
    upstream.commit({"images/11.png": png(11)})
    file.write_text(f"{pin}\n{pin}released = 2026-11-27\n", encoding="utf-8")
    git(proposing.folder, "add", "config")
    git(proposing.folder, "commit", "--quiet", "-m", "Release")
    hub.adopt(str(proposing.folder))
    night(proposing, hub)
    tip = fetched(proposing, hub, "sync/datasets")
    assert paths(proposing, tip) == sorted(f"images/{i}.png" for i in (1, 2, 9, 11))


@pytest.mark.slow
def test_a_revert_to_a_commit_nobody_knows_gets_a_reply(
    hub: Hub, proposing: Collection, two_nights: tuple[str, str]
):
    first, _ = two_nights
    number = int(str(open_pull(hub)["number"]))
    hub.comment_as("maintainer", "/sync revert set to 0123456789", number=number)
    hub.comment_as("maintainer", "/sync release set", number=number)
    assert "The same is proposed already" in night(proposing, hub)
    replies = [one["body"] for one in hub.snapshot()["comments"] if one["author"] == "bot"]
    assert f"The last ones: `{first[:12]}`" in replies[0]
    assert "`set` is not pinned." in replies[1]
    hub.comment_as("maintainer", f"/sync revert set to {first[:9]}", number=number)
    assert f"pinned at {first[:7]} by maintainer" in night(proposing, hub)
    hub.comment_as("maintainer", "/sync release set", number=number)
    assert "1 new image" in night(proposing, hub)
    tip = fetched(proposing, hub, "sync/datasets")
    pins = tomllib.loads(proposing.file("config/decisions.toml", tip))["pin"]
    assert ["released" in one for one in pins] == [False, True]
