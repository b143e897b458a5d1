"""Releases on GitHub: a draft is filled, looked through, and published in one step.

That order also serves immutable releases, which take no file once they are published.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests
from github import GithubException
from github.GitRelease import GitRelease
from github.GitReleaseAsset import GitReleaseAsset
from github.Repository import Repository

from covid19_images.release.index import is_version, version_key
from flows.forge.errors import ForgeError
from flows.publish import ReleaseError
from flows.publish.announce import announce
from flows.publish.publisher import Asset

_CHUNK_BYTES = 1 << 20
_TYPES = {".tar": "application/x-tar", ".json": "application/json", ".csv": "text/csv"}


@contextmanager
def _report_errors(act: str) -> Iterator[None]:
    """Turn GitHub's errors into a sentence; what was done stays done, and is found again."""
    try:
        yield
    except GithubException as error:
        message = error.data.get("message", "") if isinstance(error.data, dict) else ""
        raise ReleaseError(
            f"GitHub would not {act}: it answered {error.status} {message}. Nothing more was done. "
            "Run again: it goes on from here."
        ) from None
    except requests.RequestException as error:
        raise ReleaseError(
            f"GitHub could not be asked to {act} ({type(error).__name__}). Nothing more was done. "
            "Run again: it goes on from here."
        ) from None


class GitHubPublisher:
    """Publish into a repository."""

    def __init__(self, repo: Repository, branch: str = "sync/datasets") -> None:
        """Keep the repository, opened with a token that may write its contents.

        Args:
            repo: The repository.
            branch: Where proposals come from.
        """
        self._repo = repo
        self._branch = branch

    def announce(self, version: str) -> None:
        """Comment on the merged proposals that this release contains."""
        with _report_errors("say which release has a proposal"):
            url = self._repo.get_release(version).html_url
        try:
            announce(self._repo, self._branch, version, url)
        except ForgeError as error:
            raise ReleaseError(f"{version} is published, and this was not said: {error}") from None

    def published(self) -> Sequence[str]:
        """List the versions that are published."""
        with _report_errors("list its releases"):
            tags = [one.tag_name for one in self._repo.get_releases() if not one.draft]
        return sorted(filter(is_version, tags), key=version_key)

    def read(self, version: str, name: str) -> bytes:
        """Read a small file of a published release."""
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(scratch, "asset")
            self.fetch(version, name, copy)
            return copy.read_bytes()

    def fetch(self, version: str, name: str, to: Path) -> None:
        """Fetch a file of a published release."""
        with _report_errors(f"give {name} of {version}"):
            release = self._repo.get_release(version)
            asset = next((one for one in release.get_assets() if one.name == name), None)
            if asset is None:
                raise ReleaseError(f"Release {version} on GitHub has no {name}.")
            asset.download_asset(str(to), _CHUNK_BYTES)

    def draft(self) -> str | None:
        """Return the version of the draft that is there."""
        names = {one.name for one in self._drafts() if is_version(one.name or "")}
        return max(names, key=version_key, default=None)

    def begin(self, version: str, notes: str, commit: str) -> None:
        """Make the draft, once: of several that lost answers left behind, the oldest stays."""
        drafts = self._named(version)
        with _report_errors("make a draft"):
            if not drafts:
                self._repo.create_git_release(
                    version, version, notes, draft=True, target_commitish=commit
                )
            for spare in drafts[1:]:
                spare.delete_release()
            if drafts and (drafts[0].body, drafts[0].target_commitish) != (notes, commit):
                drafts[0].update_release(
                    version, notes, draft=True, tag_name=version, target_commitish=commit
                )

    def assets(self, version: str) -> Mapping[str, Asset]:
        """List what lies in the draft; a broken upload has no digest."""
        return {name: _asset(one) for name, one in self._assets(version).items()}

    def upload(self, version: str, file: Path) -> None:
        """Send a file."""
        kind = _TYPES.get(file.suffix, "application/octet-stream")
        size = file.stat().st_size
        with _report_errors(f"take {file.name}"), file.open("rb") as stream:
            self._draft(version).upload_asset_from_memory(stream, size, file.name, kind)

    def delete(self, version: str, name: str) -> None:
        """Delete a file from the draft."""
        with _report_errors(f"delete {name}"):
            self._assets(version)[name].delete_asset()

    def download(self, version: str, name: str, to: Path) -> None:
        """Fetch a file of the draft."""
        with _report_errors(f"give {name} back"):
            self._assets(version)[name].download_asset(str(to), _CHUNK_BYTES)

    def publish(self, version: str) -> str:
        """Publish the draft."""
        draft = self._draft(version)
        with _report_errors("publish"):
            done = draft.update_release(
                version,
                draft.body,
                draft=False,
                tag_name=version,
                target_commitish=draft.target_commitish,
                make_latest="true",
            )
            return done.html_url

    def _drafts(self) -> list[GitRelease]:
        with _report_errors("list its drafts"):
            return [one for one in self._repo.get_releases() if one.draft]

    def _named(self, version: str) -> list[GitRelease]:
        found = [one for one in self._drafts() if one.name == version]
        return sorted(found, key=lambda one: one.id)

    def _draft(self, version: str) -> GitRelease:
        drafts = self._named(version)
        if not drafts:
            raise ReleaseError(
                f"The draft of {version} is gone from GitHub; somebody deleted or published it. "
                "Nothing more was done. Look at the releases, and run again."
            )
        return drafts[0]

    def _assets(self, version: str) -> dict[str, GitReleaseAsset]:
        draft = self._draft(version)
        with _report_errors("list the files of its draft"):
            return {one.name: one for one in draft.get_assets()}


def _asset(one: GitReleaseAsset) -> Asset:
    digest = one.digest or ""
    whole = one.state == "uploaded" and digest.startswith("sha256:")
    return Asset(one.name, one.size, lambda: digest.removeprefix("sha256:") if whole else None)
