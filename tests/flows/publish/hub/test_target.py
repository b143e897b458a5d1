"""Releases on the Hugging Face Hub: one commit and one tag each, whatever kills the run."""

import hashlib
import io
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import huggingface_hub
import pyarrow.parquet as pq
import pytest
import yaml
from huggingface_hub import snapshot_download

from flows.config.policy import Policy
from flows.publish import ReleaseError
from flows.publish.folder import FolderPublisher
from flows.publish.hub.target import HubTarget
from flows.publish.registry import targets
from flows.publish.target import TargetOutcome, plan_for, update
from tests.support.hub import TOKEN, Hub, emulated
from tests.support.releases import three

# The client uploads in a way that its own HTTP library would have otherwise.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

VERSIONS = ["2026.11.23", "2026.11.24", "2026.11.25"]


class KilledError(BaseException):
    """A power cut between two requests."""


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three releases: begun, grown by a picture, and with one taken down."""
    return three(tmp_path_factory)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)  # files go as LFS
    with emulated() as there:
        yield there


def update_all(releases: Path, cache: Path, hub: Hub) -> TargetOutcome:
    target = HubTarget("hub", hub.repository, lambda: TOKEN, hub.url)
    return update(FolderPublisher(releases), cache, lambda _: None, target)


def keys_of(path: str, content: bytes) -> set[str]:
    """List the pictures in a file of squares, by the names of their files."""
    if not path.startswith("data/"):
        return set()
    keys = pq.read_table(io.BytesIO(content))["key"].to_pylist()
    return {key.rpartition("/")[2] for key in keys}


def new_bytes(releases: Path) -> int:
    """Count the bytes of files that no earlier release has under the same digest."""
    files = [file for file in releases.rglob("*") if file.is_file()]
    return sum({hashlib.sha256(f.read_bytes()).digest(): f.stat().st_size for f in files}.values())


def test_each_release_is_one_commit_with_one_tag_and_costs_what_is_new(
    releases: Path, tmp_path: Path, hub: Hub
) -> None:
    target = HubTarget("hub", hub.repository, lambda: TOKEN, hub.url)
    planned = plan_for(FolderPublisher(releases), target)
    assert (planned.state, planned.versions) == ("behind", tuple(VERSIONS)), planned.message
    assert not hub.commits
    updated = update_all(releases, tmp_path, hub)
    assert (updated.state, updated.versions) == ("updated", tuple(VERSIONS)), updated.message
    titles = [title for title, _ in hub.commits.values()]
    assert titles == ["initial commit", *(f"Release {version}" for version in VERSIONS)]
    assert list(hub.tags.values()) == list(hub.commits)[1:]
    assert hub.received <= 1.2 * new_bytes(releases)
    before = hub.received
    first, second = (hub.commits[hub.tags[version]][1] for version in VERSIONS[:2])
    kept = [path for path in first if path.startswith("data/")]
    assert all(second[path] == first[path] for path in kept)  # a new picture is a new file
    assert update_all(releases, tmp_path, hub).state == "there"
    assert hub.received == before
    assert not any(TOKEN in one for one in hub.asked)


def test_a_withdrawal_is_a_version_without_the_picture_and_old_commits_are_for_a_person(
    releases: Path, tmp_path: Path, hub: Hub
) -> None:
    for _ in range(2):  # also when a run was killed before it said so
        left = update_all(releases, tmp_path, hub).for_a_person
        assert all("Commits of hub up to 2026.11.24 have data/" in one for one in left)
    named = {one.split(" have ")[1].split(",")[0] for one in left}
    before, now = (hub.commits[hub.tags[version]][1] for version in VERSIONS[1:])
    with_it = {path for path, blob in before.items() if "0.png" in keys_of(path, blob.content)}
    assert with_it
    assert with_it <= named
    assert not any("0.png" in keys_of(path, blob.content) for path, blob in now.items())


def test_the_hubs_own_client_reads_what_was_released(
    releases: Path, tmp_path: Path, hub: Hub
) -> None:
    update_all(releases, tmp_path / "cache", hub)
    read = Path(
        snapshot_download(
            hub.repository,
            repo_type="dataset",
            revision=VERSIONS[1],
            endpoint=hub.url,
            token=False,
            local_dir=tmp_path / "read",
        )
    )
    head = yaml.safe_load((read / "README.md").read_text().split("---\n")[1])
    by_name = {config["config_name"]: config["data_files"] for config in head["configs"]}
    assert set(by_name) == {"default", "other", "manifest"}
    keys = []
    for one in by_name["default"]:
        files = list(read.glob(one["path"]))
        assert files
        for file in files:
            table = pq.read_table(file)
            assert b"ClassLabel" in table.schema.metadata[b"huggingface"]
            assert all(row["bytes"][:4] == b"\x89PNG" for row in table["image"].to_pylist())
            keys += table["key"].to_pylist()
    assert sorted(keys) == [f"set/images/{name}.png" for name in ("0", "1", "2", "new")]
    assert pq.read_table(read / by_name["manifest"])["pointer_url"].null_count < len(keys)


@pytest.fixture
def dying() -> Iterator[Callable[[int], None]]:
    """Let the client die at its n-th request or answer."""
    left = [0]

    def tick(_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KilledError

    def client() -> httpx2.Client:
        hooks = {"request": [tick], "response": [tick]}
        return httpx2.Client(event_hooks=hooks, follow_redirects=True, timeout=30)

    huggingface_hub.set_client_factory(client)
    yield lambda calls: left.__setitem__(0, calls)
    huggingface_hub.set_client_factory(lambda: httpx2.Client(follow_redirects=True))


def test_killed_between_any_two_requests_it_goes_on_and_nothing_is_there_twice(
    releases: Path, tmp_path: Path, hub: Hub, dying: Callable[[int], None]
) -> None:
    kills, calls = 0, 1
    while True:  # each run lives a little longer than the one before, and begins where that ended
        dying(calls)
        try:
            updated = update_all(releases, tmp_path, hub)
        except KilledError:
            kills, calls = kills + 1, calls + 1
            continue
        break
    dying(0)
    assert updated.state in ("updated", "there"), updated.message
    assert kills >= 20
    titles = [title for title, _ in hub.commits.values()]
    assert titles == ["initial commit", *(f"Release {version}" for version in VERSIONS)]
    assert list(hub.tags) == VERSIONS
    assert list(hub.tags.values()) == list(hub.commits)[1:]


def test_the_policy_names_a_dataset_and_its_token_is_asked_for(
    tmp_path: Path, releases: Path, monkeypatch: pytest.MonkeyPatch, hub: Hub
) -> None:
    place = {"name": "hub", "kind": "huggingface", "repository": hub.repository}
    [target] = targets(Policy.model_validate({"release": {"targets": [place]}}), tmp_path)
    first = FolderPublisher(releases)
    assert "Put one in COVID19_IMAGES_HUB_TOKEN, or in hub-token" in plan_for(first, target).message
    monkeypatch.setenv("COVID19_IMAGES_HUB_TOKEN", TOKEN)
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    [target] = targets(Policy.model_validate({"release": {"targets": [place]}}), tmp_path)
    assert plan_for(first, target).state == "behind"
    assert TOKEN not in repr(target)


def test_a_hub_that_never_answers_is_given_up_with_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        target = HubTarget("hub", "owner/name", lambda: TOKEN, address, silence_s=0.2)
        with pytest.raises(ReleaseError, match="The Hub did not take it: timed out"):
            target.plan(VERSIONS)
