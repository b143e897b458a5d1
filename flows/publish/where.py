"""Choose where releases go, by the policy."""

import os
from pathlib import Path

from github import Auth, Github, GithubException

from flows.config import Publish
from flows.publish import ReleaseError
from flows.publish.folder import FolderPublisher
from flows.publish.github import GitHubPublisher
from flows.publish.publisher import Publisher

_TIMEOUT_S = 120


def publisher(policy: Publish, checkout: Path) -> Publisher:
    """Open the place that the policy names.

    Raises:
        ReleaseError: GitHub is named, and there is no token, or no such repository for it.
    """
    if policy.kind == "folder":
        return FolderPublisher(checkout / policy.folder)
    token = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN")
    if not token:
        raise ReleaseError(
            "config/policy.toml says that releases go to GitHub, and there is no GITHUB_TOKEN in "
            'the environment. Nothing was changed. Set one, or use kind = "folder".'
        )
    server = os.environ.get("GITHUB_API_URL", "https://api.github.com")
    client = Github(base_url=server, auth=Auth.Token(token), timeout=_TIMEOUT_S)
    try:
        return GitHubPublisher(client.get_repo(policy.repository))
    except GithubException as error:
        raise ReleaseError(
            f"GitHub does not show {policy.repository} to this token (it answered {error.status})."
            " Nothing was changed."
        ) from None
