"""Releases on an emulated GitHub: faults, lost answers, and the same sums as in a folder."""

import json
from pathlib import Path

import pytest

from covid19_images.download.download import download
from covid19_images.download.request import Request
from covid19_images.download.verify import verify
from flows.collection.checkout import Checkout
from flows.config import load
from flows.night.run import open_run
from flows.proposal.record import BodyRecord, with_record
from flows.publish import ReleaseError
from flows.publish import release as steps
from flows.publish.github import GitHubPublisher
from flows.publish.release import Outcome
from tests.support.collection import NOW, SIMPLE, Collection
from tests.support.crossed import crossed
from tests.support.github import hub as hubs
from tests.support.pictures import png
from tests.support.put_back import begun as begun_by
from tests.support.releases import allow_everything, release, twin
from tests.support.upstream import Upstream

TODAY = "2026.11.23"


def begin(collection: Collection, upstream: Upstream) -> None:
    """Import pictures, and merge that."""
    upstream.commit({f"images/{i}.png": png(i) for i in range(3)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    collection.merge()
    allow_everything(collection)


@pytest.fixture
def publisher(hub, begun: Collection) -> GitHubPublisher:
    hub.adopt(str(begun.folder))
    return GitHubPublisher(hub.repo(retry=None, timeout=10))


def publish(collection: Collection, publisher: GitHubPublisher) -> Outcome:
    config = load.load(collection.folder / "config")
    night, _ = open_run(Checkout(collection.folder), config, collection.cache)
    return steps.run(night, publisher, NOW)


def _published(hub) -> dict[str, str]:
    [one] = hub.snapshot()["releases"]
    assert (one["tag"], one["draft"]) == (TODAY, False)
    return {asset["name"]: asset["sha256"] for asset in one["assets"]}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The sums of what the collection that the tests begin with releases into a folder."""
    collection, _ = begun_by(tmp_path_factory, begin)
    folder = tmp_path_factory.mktemp("good")
    release(twin(collection, folder / "twin"), folder / "releases")
    sums = (folder / "releases" / TODAY / "SHA256SUMS").read_text()
    return {name: digest for digest, name in map(str.split, sums.splitlines())}


def test_a_release_is_published_once_and_is_that_of_the_folder(
    hub, begun: Collection, publisher: GitHubPublisher, good: dict[str, str]
) -> None:
    assert publish(begun, publisher).action == "published"
    found = _published(hub)
    found.pop("SHA256SUMS")
    assert found == good
    mark = hub.mark()
    assert publish(begun, publisher).action == "nothing"
    assert hub.writes_since(mark) == []


FAULTS = {
    "draft made, answer lost": ("/releases$", {"method": "POST", "drop": True, "after": True}),
    "upload broken": ("/assets$", {"method": "POST", "status": 502, "leaves": "starter"}),
    "published, answer lost": (
        r"/releases/\d+$",
        {"method": "PATCH", "drop": True, "after": True},
    ),
    "draft refused": ("/releases$", {"method": "POST", "status": 502}),
    "upload refused": ("/assets$", {"method": "POST", "status": 502, "skip": 3}),
    "upload done, answer lost": ("/assets$", {"method": "POST", "drop": True, "after": True}),
    "rate limited": ("/assets", {"status": 403, "skip": 5}),
    "publish refused": (r"/releases/\d+$", {"method": "PATCH", "status": 500}),
}


@pytest.mark.parametrize("fault", crossed([*FAULTS], fast=1))
def test_after_any_fault_the_next_run_completes_one_release(
    fault: str, hub, begun: Collection, publisher: GitHubPublisher, good: dict[str, str]
) -> None:
    path, options = FAULTS[fault]
    hub.fault(path, **options)
    with pytest.raises(ReleaseError, match="Run again: it goes on from here") as raised:
        publish(begun, publisher)
    assert hub.faults_left() == 0
    assert hub.token not in str(raised.value)
    publish(begun, publisher)
    found = _published(hub)
    found.pop("SHA256SUMS")
    assert found == good


def test_what_is_published_comes_down_verified(
    hub,
    begun: Collection,
    publisher: GitHubPublisher,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(begun, publisher)
    monkeypatch.setenv("GITHUB_API_URL", hub.url)
    monkeypatch.setenv("GITHUB_SERVER_URL", hub.url)
    for token in ("", hub.token):
        monkeypatch.setenv("GITHUB_TOKEN", token)
        monkeypatch.delenv("GH_TOKEN", raising=False)
        copy = tmp_path / f"copy-{bool(token)}"
        download(copy, request=Request(origin=f"https://github.com/{hubs.COLLECTION}"))
        assert verify(copy).is_good
        assert hub.token not in json.dumps([p.read_text() for p in copy.glob("*.json")])


def merged(hub, number: int) -> None:
    """Merge a proposal of the bot."""
    body = with_record("words", BodyRecord(base="1" * 40, head="2" * 40, content="3" * 64))
    hub.commit_as_person("sync/datasets", {f"datasets/{number}.csv": b"x"}, login="bot")
    pull = hub.repo().create_pull(base="main", head="sync/datasets", title="A night", body=body)
    hub.merge(pull.number)


def test_merged_proposals_are_told_once_whatever_happens(
    hub, begun: Collection, publisher: GitHubPublisher
) -> None:
    merged(hub, 1)
    hub.fault("issues/1/comments$", method="POST", status=502, after=True)
    assert publish(begun, publisher).action == "published"
    assert publish(begun, publisher).action == "nothing"
    [comment] = hub.snapshot()["comments"]
    assert f"[{TODAY}](" in comment["body"]


def test_a_proposal_that_could_not_be_told_is_told_by_the_next_run(
    hub, begun: Collection, publisher: GitHubPublisher
) -> None:
    merged(hub, 1)
    hub.fault("issues/1/comments$", method="POST", status=403)
    with pytest.raises(ReleaseError, match="is published, and this was not said"):
        publish(begun, publisher)
    assert hub.snapshot()["comments"] == []
    assert publish(begun, publisher).action == "nothing"
    assert len(hub.snapshot()["comments"]) == 1
