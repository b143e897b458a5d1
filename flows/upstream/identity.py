"""Whose repository it is: GitHub's numbers, which a new owner of an old name cannot have."""

import re
from dataclasses import dataclass
from typing import Any

import requests

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


def ask(name: str, *, api: str, secret: str | None = None) -> Identity | Unknown:
    """Ask GitHub whose repository it is; renamed ones are followed, as git does.

    Args:
        name: `owner/name`.
        api: Address of GitHub's API; the only place the token is sent to.
        secret: A token, with which GitHub is patient.

    Returns:
        Its numbers, or why GitHub gave none.
    """
    headers = {"Accept": "application/vnd.github+json"}
    if secret:
        headers["Authorization"] = f"Bearer {secret}"
    try:
        with requests.Session() as session:
            session.trust_env = False  # a .netrc is nobody's business here
            answer = session.get(
                f"{api.rstrip('/')}/repos/{name}", headers=headers, timeout=TIMEOUT_S
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
