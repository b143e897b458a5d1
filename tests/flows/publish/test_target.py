"""Releases are sent to other places: each once, with the same bytes, whatever kills it."""

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from covid19_images.download.download import download
from covid19_images.download.request import Request
from covid19_images.download.verify import verify
from flows.cli.checks import release_targets
from flows.collection.checkout import Checkout
from flows.config import load
from flows.config.policy import Policy, Publish, TargetPlace
from flows.night.run import open_run
from flows.publish import ReleaseError
from flows.publish import release as steps
from flows.publish.folder import FolderPublisher
from flows.publish.github import GitHubPublisher
from flows.publish.publisher import Publisher
from flows.publish.registry import targets
from flows.publish.target import PublisherTarget, plan_for, update
from tests.support.collection import NOW, SIMPLE, Collection
from tests.support.pictures import png
from tests.support.releases import allow_everything, release
from tests.support.signing import contents, signer
from tests.support.upstream import Upstream

VERSIONS = ["2026.11.23", "2026.11.24", "2026.11.25"]


class KilledError(BaseException):
    """A power cut: nothing that the program has to say is heard."""


class Mortal:
    """A place that dies before its n-th call."""

    def __init__(self, place: Publisher, calls: int) -> None:
        self._place, self.left = place, calls

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: object) -> Any:
            if self.left == 0:
                raise KilledError
            self.left -= 1
            return getattr(self._place, name)(*arguments)

        return call


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A collection with three releases in `.releases`: begun, grown, and with one taken down."""
    folder = tmp_path_factory.mktemp("targets")
    made, upstream = Collection(folder / "collection"), Upstream(folder / "upstream.git")
    releases = made.folder / ".releases"
    upstream.commit({f"images/{i}.png": png(i) for i in range(3)})
    made.source("set", SIMPLE.format(url=upstream.url))
    for day in range(2):
        made.night()
        made.merge()
        allow_everything(made)
        release(made, releases, now=NOW + dt.timedelta(days=day), signer=signer(1))
        upstream.commit({"images/new.png": png(100)})
    gone = '[[exclude]]\nimage = "set/images/0.png"\nreason = "owner"\nby = "me"\n'
    (made.folder / "config" / "decisions.toml").write_text(gone + "date = 2026-11-24\n")
    release(made, releases, now=NOW + dt.timedelta(days=2), signer=signer(1))
    assert FolderPublisher(releases).published() == VERSIONS
    return made


def names(folder: Path) -> dict[str, str]:
    """Digest every file but the notes, which are words for the place."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(content).hexdigest()
        for path, content in contents(folder).items()
        if path.name not in ("NOTES.md", "latest.txt")
    }


def quiet(_sentence: str) -> None:
    """Print nothing."""


def test_a_target_gets_every_release_once_and_with_the_same_bytes(
    collection: Collection, tmp_path: Path
) -> None:
    first = FolderPublisher(collection.folder / ".releases")
    target = PublisherTarget("mirror", lambda: FolderPublisher(tmp_path / "mirror"))
    planned = plan_for(first, target)
    assert (planned.state, planned.versions) == ("behind", tuple(VERSIONS))
    assert not (tmp_path / "mirror").exists()
    outcome = update(first, tmp_path / "cache", quiet, target)
    assert (outcome.state, outcome.versions) == ("updated", tuple(VERSIONS))
    files = contents(tmp_path / "mirror").items()
    size = sum(len(text) for path, text in files if path.name not in ("NOTES.md", "latest.txt"))
    assert outcome.sent_bytes == size
    assert names(tmp_path / "mirror") == names(collection.folder / ".releases")
    again = update(first, tmp_path / "cache", quiet, target)
    assert (again.state, again.sent_bytes) == ("there", 0)
    read = download(tmp_path / "copy", request=Request(origin=str(tmp_path / "mirror")))
    assert (read.version, read.signers) == (VERSIONS[-1], signer(1).names)
    assert verify(tmp_path / "copy").is_good


def test_what_only_a_person_can_take_down_is_listed_also_after_a_kill(
    collection: Collection, tmp_path: Path
) -> None:
    first = FolderPublisher(collection.folder / ".releases")
    target = PublisherTarget("mirror", lambda: FolderPublisher(tmp_path / "mirror"))
    for _ in range(2):
        left = update(first, tmp_path / "cache", quiet, target).for_a_person
        assert {one.split(" has ")[1].split(",")[0] for one in left} >= {"images-set-00000.tar"}
        assert all("delete that file there" in one for one in left)


def test_killed_before_any_call_it_goes_on_and_nothing_is_there_twice(
    collection: Collection, tmp_path: Path
) -> None:
    first, cache = FolderPublisher(collection.folder / ".releases"), tmp_path / "cache"
    want, calls, kills = names(collection.folder / ".releases"), 0, 0
    mirror = tmp_path / "mirror"
    while True:  # each run lives a little longer than the one before, and begins where that ended
        mortal = Mortal(FolderPublisher(mirror), calls)
        try:
            outcome = update(first, cache, quiet, PublisherTarget("mirror", lambda: mortal))  # noqa: B023
        except KilledError:
            kills += 1
            calls += 1
            here = [path.name for path in mirror.iterdir()] if mirror.exists() else []
            shown = [name for name in here if not name.startswith(".") and name != "latest.txt"]
            for version in shown:  # what people see is whole
                assert names(mirror / version) == names(collection.folder / ".releases" / version)
            continue
        break
    assert kills >= 20
    assert outcome.state in ("updated", "there")
    assert names(mirror) == want
    assert (mirror / "latest.txt").read_text().strip() == VERSIONS[-1]


def test_a_file_that_was_changed_on_its_way_is_not_shown(
    collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = FolderPublisher(collection.folder / ".releases")
    place = FolderPublisher(tmp_path / "mirror")

    def torn(version: str, name: str, to: Path) -> None:
        to.write_bytes(b"torn")

    monkeypatch.setattr(place, "download", torn)
    outcome = update(first, tmp_path / "cache", quiet, PublisherTarget("mirror", lambda: place))
    assert outcome.state == "failed"
    assert "mirror was not updated to the newest release: The draft of" in outcome.message
    assert place.published() == []


@pytest.mark.slow
def test_github_is_a_target_as_a_folder_is(
    hub: Any, collection: Collection, tmp_path: Path
) -> None:
    hub.adopt(str(collection.folder))
    place = GitHubPublisher(hub.repo(retry=None, timeout=10))
    first = FolderPublisher(collection.folder / ".releases")
    outcome = update(first, tmp_path / "cache", quiet, PublisherTarget("github", lambda: place))
    assert (outcome.state, outcome.versions) == ("updated", tuple(VERSIONS)), outcome.message
    there = {one["tag"]: one for one in hub.snapshot()["releases"]}
    assert sorted(there) == VERSIONS
    for version, one in there.items():
        assets = {asset["name"]: asset["sha256"] for asset in one["assets"]}
        assert assets == names(collection.folder / ".releases" / version)


def test_a_release_updates_every_target_and_one_that_fails_keeps_nobody_back(
    collection: Collection, tmp_path: Path
) -> None:
    def nobody() -> Publisher:
        raise ReleaseError("There is no token for it.")

    context, _ = open_run(
        Checkout(collection.folder), load.load(collection.folder / "config"), collection.cache
    )
    first = FolderPublisher(collection.folder / ".releases")
    others = [
        PublisherTarget("broken", nobody),
        PublisherTarget("mirror", lambda: FolderPublisher(tmp_path / "mirror")),
    ]
    now = NOW + dt.timedelta(days=3)
    dry = steps.run(context, first, now, targets=others, dry_run=True)
    assert [one.state for one in dry.targets] == ["failed", "behind"]
    outcome = steps.run(context, first, now, targets=others)
    assert outcome.action == "nothing"
    assert [one.state for one in outcome.targets] == ["failed", "updated"]
    assert "broken was not updated to the newest release: There is no token" in outcome.lines()[1]


def test_the_policy_lists_targets_and_doctor_says_what_they_lack(collection: Collection) -> None:
    config = load.load(collection.folder / "config")
    places = (
        TargetPlace(name="mirror", kind="folder", folder=".mirror"),
        TargetPlace(name="other", kind="github", repository="me/mine"),
    )
    values = config.policy.model_copy(update={"release": Publish(targets=places)})
    found = list(release_targets(collection.folder, config.model_copy(update={"policy": values})))
    assert [(one.what, one.state) for one in found] == [
        ("target mirror", "look"),
        ("target other", "look"),
    ]
    assert found[0].says == f"mirror lacks 3 releases, up to {VERSIONS[-1]}."
    assert "Put one in COVID19_IMAGES_OTHER_TOKEN, or in other-token." in found[1].says
    assert targets(Policy(), collection.folder) == []


@pytest.mark.parametrize(
    ("places", "why"),
    [
        ([{"name": "a", "kind": "folder"}], "names its folder"),
        ([{"name": "a", "kind": "github", "folder": "x"}], "names its repository"),
        ([{"name": "a", "kind": "folder", "folder": ".releases"}], "one name or one folder"),
        ([{"name": "a", "kind": "folder", "folder": ".proposals"}], "a target of releases too"),
        ([{"name": "a", "kind": "folder", "folder": one} for one in "xy"], "one name or one"),
    ],
)
def test_targets_that_cannot_be_are_refused(places: list[dict[str, str]], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Policy.model_validate({"release": {"targets": places}})
