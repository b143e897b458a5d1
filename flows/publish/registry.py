"""Choose where releases go, by the policy."""

import os
from pathlib import Path

from flows.config.policy import ForgeKind, Policy
from flows.forge.errors import ForgeError
from flows.forge.github.calls import client, read
from flows.forge.github.connect import repository_of
from flows.forge.github.token import StoredSecret, find_token
from flows.publish import ReleaseError
from flows.publish.folder import FolderPublisher
from flows.publish.github import GitHubPublisher
from flows.publish.publisher import Publisher

_TIMEOUT_S = 120  # a large file is taken in slowly


def publisher(
    policy: Policy, checkout: Path, *, stored: StoredSecret = lambda _name: None
) -> Publisher:
    """Open the place that the policy names.

    Args:
        policy: How the bot behaves.
        checkout: The clone of the collection.
        stored: Reads a secret that Prefect stores, by name.

    Raises:
        ConfigError: GitHub is named, and nobody says which repository it is.
        NoTokenError: There is no token for it.
        ReleaseError: There is no such repository for the token.
    """
    if policy.release.kind is ForgeKind.FOLDER:
        return FolderPublisher(checkout / policy.release.folder)
    repository = repository_of(policy, os.environ)
    api = os.environ.get("GITHUB_API_URL") or policy.forge.api
    token = find_token(repository, api, stored=stored)
    github = client(token, api, timeout_s=_TIMEOUT_S)
    try:
        return GitHubPublisher(read(lambda: github.get_repo(repository)), policy.branch)
    except ForgeError as error:
        raise ReleaseError(str(error)) from None
