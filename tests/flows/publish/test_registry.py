"""Where releases go, by the policy."""

from pathlib import Path

import pytest

from flows.config.load import ConfigError
from flows.config.policy import Forge, Policy, Publish
from flows.forge.errors import NoTokenError
from flows.publish import ReleaseError
from flows.publish.folder import FolderPublisher
from flows.publish.github import GitHubPublisher
from flows.publish.registry import publisher
from tests.support.github.hub import COLLECTION, Hub

GITHUB = Publish(kind="github")


@pytest.fixture(autouse=True)
def no_actions(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "GITHUB_REPOSITORY",
        "GITHUB_API_URL",
        "GITHUB_TOKEN",
        "GH_TOKEN",
        "COVID19_IMAGES_TOKEN",
    ):
        monkeypatch.delenv(name, raising=False)


def of(hub: Hub, repository: str = COLLECTION) -> Policy:
    return Policy(release=GITHUB, forge=Forge(repository=repository, server=hub.url, api=hub.url))


def test_a_folder_needs_no_account(tmp_path: Path):
    assert isinstance(publisher(Policy(), tmp_path), FolderPublisher)


def test_github_is_the_repository_of_the_forge(hub: Hub, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", hub.token)
    found = publisher(of(hub), tmp_path)
    assert isinstance(found, GitHubPublisher)
    assert list(found.published()) == []
    found._repo.requester.close()


def test_without_a_repository_or_a_token_it_says_so(hub: Hub, tmp_path: Path, monkeypatch):
    with pytest.raises(ConfigError, match="which repository"):
        publisher(Policy(release=GITHUB), tmp_path)
    with pytest.raises(NoTokenError, match="There is no token"):
        publisher(of(hub), tmp_path)


def test_a_repository_the_token_may_not_see_is_said(hub: Hub, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", hub.token)
    with pytest.raises(ReleaseError, match="no such repository"):
        publisher(of(hub, "nobody/nothing"), tmp_path)
