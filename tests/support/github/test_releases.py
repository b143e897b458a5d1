"""Releases: drafts without tags, and files whose bytes are kept."""

import hashlib
from pathlib import Path

import pytest
import requests
from github import GithubException
from github.GitRelease import GitRelease
from github.Repository import Repository

from tests.support.github.hub import COLLECTION, Hub

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def repo(hub: Hub) -> Repository:
    return hub.repo(retry=None)


@pytest.fixture
def draft(repo: Repository) -> GitRelease:
    return repo.create_git_release("v2020.03.16", "A release", "text", draft=True)


def upload(release: GitRelease, folder: Path, content: bytes = CONTENT) -> None:
    file = folder / "images-00.tar"
    file.write_bytes(content)
    release.upload_asset(str(file), content_type="application/x-tar")


def test_a_draft_is_found_by_listing_only(hub: Hub, repo: Repository, draft: GitRelease):
    assert "refs/tags/v2020.03.16" not in hub.snapshot()["refs"]
    with pytest.raises(GithubException) as refused:
        repo.get_release("v2020.03.16")
    assert refused.value.status == 404
    assert [one.id for one in repo.get_releases()] == [draft.id]
    assert list(hub.repo(token="token-of-stranger").get_releases()) == []


def test_github_allows_two_drafts_of_one_tag(repo: Repository, draft: GitRelease):
    repo.create_git_release("v2020.03.16", "Twice", "text", draft=True)
    assert len(list(repo.get_releases())) == 2


def test_publishing_makes_the_tag(hub: Hub, repo: Repository, draft: GitRelease):
    sha = repo.get_branch("main").commit.sha
    draft.update_release("A release", "new text", draft=False, target_commitish=sha)
    assert hub.snapshot()["refs"]["refs/tags/v2020.03.16"] == sha
    assert repo.get_release("v2020.03.16").body == "new text"
    assert repo.get_latest_release().id == draft.id
    with pytest.raises(GithubException) as refused:
        repo.create_git_release("v2020.03.16", "Again", "text")
    assert (refused.value.status, "already_exists" in str(refused.value.data)) == (422, True)


def test_a_target_must_exist(repo: Repository):
    with pytest.raises(GithubException) as refused:
        repo.create_git_release("v1", "v1", "text", target_commitish="nowhere")
    assert refused.value.status == 422


def test_bytes_come_back_with_their_digest(
    hub: Hub, repo: Repository, draft: GitRelease, tmp_path: Path
):
    upload(draft, tmp_path)
    (asset,) = repo.get_release(draft.id).get_assets()
    assert asset.raw_data["digest"] == f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
    assert (asset.size, asset.state) == (len(CONTENT), "uploaded")
    target = tmp_path / "back"
    asset.download_asset(str(target), chunk_size=4096)
    assert target.read_bytes() == CONTENT
    (kept,) = hub.snapshot()["releases"][0]["assets"]
    assert kept["sha256"] == hashlib.sha256(CONTENT).hexdigest()


def test_a_published_file_is_everyones_in_parts_too(
    repo: Repository, draft: GitRelease, tmp_path: Path
):
    upload(draft, tmp_path)
    draft.update_release("A release", "text", draft=False)
    (asset,) = repo.get_release("v2020.03.16").get_assets()
    whole = requests.get(asset.browser_download_url, timeout=10)
    assert (whole.content, whole.headers["accept-ranges"]) == (CONTENT, "bytes")
    part = requests.get(asset.browser_download_url, headers={"Range": "bytes=10-19"}, timeout=10)
    assert (part.status_code, part.content) == (206, CONTENT[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(CONTENT)}"
    rest = requests.get(asset.browser_download_url, headers={"Range": "bytes=10000-"}, timeout=10)
    assert rest.content == CONTENT[10000:]
    beyond = requests.get(asset.browser_download_url, headers={"Range": "bytes=99999-"}, timeout=10)
    assert beyond.status_code == 416


def test_a_drafts_file_is_not_everyones(hub: Hub, draft: GitRelease, tmp_path: Path):
    upload(draft, tmp_path)
    address = f"{hub.url}/{COLLECTION}/releases/download/v2020.03.16/images-00.tar"
    assert requests.get(address, timeout=10).status_code == 404


def test_one_name_once(hub: Hub, repo: Repository, draft: GitRelease, tmp_path: Path):
    upload(draft, tmp_path)
    with pytest.raises(GithubException) as refused:
        upload(draft, tmp_path, b"other")
    assert refused.value.status == 422
    (asset,) = repo.get_release(draft.id).get_assets()
    asset.delete_asset()
    upload(draft, tmp_path, b"other")
    assert hub.snapshot()["releases"][0]["assets"][0]["size"] == 5


def test_a_broken_upload_leaves_a_starter_in_the_way(
    hub: Hub, repo: Repository, draft: GitRelease, tmp_path: Path
):
    hub.fault(r"/assets$", method="POST", status=502, leaves="starter")
    with pytest.raises(GithubException) as broken:
        upload(draft, tmp_path)
    assert broken.value.status == 502
    (starter,) = repo.get_release(draft.id).get_assets()
    assert (starter.state, starter.size) == ("starter", 0)
    with pytest.raises(GithubException) as refused:
        upload(draft, tmp_path)
    assert refused.value.status == 422
    starter.delete_asset()
    upload(draft, tmp_path)


def test_a_deleted_release_takes_its_files_along(
    hub: Hub, repo: Repository, draft: GitRelease, tmp_path: Path
):
    upload(draft, tmp_path)
    draft.delete_release()
    assert hub.snapshot()["releases"] == []
