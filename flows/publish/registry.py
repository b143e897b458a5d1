"""Choose where releases go, by the policy."""

import os
from functools import partial
from pathlib import Path

from flows.config.policy import ForgeKind, Policy, TargetKind, TargetPlace
from flows.forge.errors import ForgeError
from flows.forge.github.calls import client, read
from flows.forge.github.connect import repository_of
from flows.forge.github.token import StoredSecret, Token, find_token
from flows.publish import ReleaseError
from flows.publish.folder import FolderPublisher
from flows.publish.github import GitHubPublisher
from flows.publish.hub.target import HubTarget
from flows.publish.publisher import Publisher
from flows.publish.target import PublisherTarget, Target
from flows.publish.zenodo.api import SERVER
from flows.publish.zenodo.target import ZenodoTarget

_TIMEOUT_S = 120  # a large file is taken in slowly


def targets(
    policy: Policy, checkout: Path, *, stored: StoredSecret = lambda _name: None
) -> list[Target]:
    """List the other places that the policy names; each is opened when it is first needed.

    Args:
        policy: How the bot behaves.
        checkout: The clone of the collection.
        stored: Reads a secret that Prefect stores, by name.
    """
    return [_target(place, policy, checkout, stored) for place in policy.release.targets]


def _target(place: TargetPlace, policy: Policy, checkout: Path, stored: StoredSecret) -> Target:
    if place.kind is TargetKind.ZENODO:
        server = (place.server or SERVER).rstrip("/")
        secret, is_real = partial(_secret, place, stored), place.server is None
        return ZenodoTarget(place.name, secret, place.record, server, reserves=is_real)
    if place.kind is TargetKind.KAGGLE:
        from flows.publish.kaggle.target import KaggleTarget  # noqa: PLC0415  a large client for few

        return KaggleTarget(place.name, str(place.repository), partial(_secret, place, stored))
    if place.kind is not TargetKind.HUGGINGFACE:
        return PublisherTarget(place.name, partial(_open, place, policy, checkout, stored))
    endpoint = os.environ.get("HF_ENDPOINT") or None
    return HubTarget(place.name, str(place.repository), partial(_secret, place, stored), endpoint)


def _secret(place: TargetPlace, stored: StoredSecret) -> str:
    variable, block = f"COVID19_IMAGES_{place.name.upper()}_TOKEN", f"{place.name}-token"
    secret = os.environ.get(variable, "").strip() or stored(block)
    if not secret:
        raise ReleaseError(f"There is no token for it. Put one in {variable}, or in {block}.")
    return secret


def _open(place: TargetPlace, policy: Policy, checkout: Path, stored: StoredSecret) -> Publisher:
    if place.folder is not None:
        return FolderPublisher(checkout / place.folder)
    secret = _secret(place, stored)
    api = os.environ.get("GITHUB_API_URL") or policy.forge.api
    pace_s = policy.forge.seconds_between_writes
    token = Token(secret, f"the token of {place.name}")
    github = client(token, api, pace_s=pace_s, timeout_s=_TIMEOUT_S)
    try:
        return GitHubPublisher(read(lambda: github.get_repo(str(place.repository))), policy.branch)
    except ForgeError as error:
        raise ReleaseError(str(error)) from None


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
    pace_s = policy.forge.seconds_between_writes
    github = client(token, api, pace_s=pace_s, timeout_s=_TIMEOUT_S)
    try:
        return GitHubPublisher(read(lambda: github.get_repo(repository)), policy.branch)
    except ForgeError as error:
        raise ReleaseError(str(error)) from None
