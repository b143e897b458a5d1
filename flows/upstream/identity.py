"""Whose repository it is: GitHub's numbers, which a new owner of an old name cannot have."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from covid19_images.download.token import TOKEN_VARIABLES
from flows.upstream.addresses import repository_at

TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose repository it is.

    Attributes:
        repository: GitHub's number of the repository.
        owner: GitHub's number of the account it belongs to.
        name: `owner/name` as it is called now; not part of what is compared.
    """

    repository: int
    owner: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """GitHub did not say, and why."""

    reason: str


def ask(
    url: str, *, server: str, api: str, environment: Mapping[str, str] | None = None
) -> Identity | Unknown | None:
    """Ask GitHub whose repository a url leads to; renamed ones are followed, as git does.

    Args:
        url: The upstream.
        server: Address of GitHub for people and git.
        api: Address of its API; the only place a token is sent to.
        environment: Variables; those of this process by default. A token makes GitHub patient.

    Returns:
        Its numbers; why GitHub gave none; `None` where the url is not on GitHub.
    """
    repository = repository_at(url, server)
    if repository is None:
        return None
    variables = os.environ if environment is None else environment
    names = (name for name in TOKEN_VARIABLES if variables.get(name, "").strip())
    secret = next((variables[name].strip() for name in names), None)
    headers = {"Accept": "application/vnd.github+json"}
    if secret:
        headers["Authorization"] = f"Bearer {secret}"
    try:
        with requests.Session() as session:
            session.trust_env = False  # a .netrc is nobody's business here
            answer = session.get(
                f"{api.rstrip('/')}/repos/{repository.name}", headers=headers, timeout=TIMEOUT_S
            )
    except requests.RequestException as error:
        return Unknown(f"GitHub does not answer ({type(error).__name__})")
    if answer.status_code != requests.codes.ok:
        return Unknown(f"GitHub answers {answer.status_code}")
    return _read(answer)


def _read(answer: requests.Response) -> Identity | Unknown:
    try:
        response: Any = answer.json()
        found = Identity(
            int(response["id"]), int(response["owner"]["id"]), str(response["full_name"])
        )
    except (ValueError, LookupError, TypeError):
        return Unknown("GitHub answers something else than a repository")
    if not re.fullmatch(r"[\w.-]{1,100}/[\w.-]{1,100}", found.name):
        return Unknown("GitHub answers with a name that is none")
    return found


def differs(known: Identity, now: Identity) -> str | None:
    """Return how an identity differs from the one that is known; `None` where it is the same."""
    if known.repository != now.repository:
        return f"repository {now.repository}, and it was {known.repository}"
    if known.owner != now.owner:
        return f"a repository of account {now.owner}, and it was of {known.owner}"
    return None
