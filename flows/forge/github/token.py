"""Find the token for GitHub, in the environment or a Prefect Secret block. It is never shown."""

import base64
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from github import Auth, GithubIntegration

from covid19_images.download.token import TOKEN_VARIABLES as NAMES
from flows.forge.errors import NoTokenError

BLOCK = "github-token"
StoredSecret = Callable[[str], str | None]
_APP, _KEY = "COVID19_IMAGES_APP_ID", "COVID19_IMAGES_APP_KEY"

NEEDED = (
    "A fine-grained token needs, for this repository alone: contents, issues and pull requests, "
    "read and write."
)


@dataclass(frozen=True, slots=True)
class Token:
    """A secret; printing it shows where it came from and nothing else.

    Attributes:
        secret: What GitHub is sent.
        origin: Where it was found.
    """

    secret: str = field(repr=False)
    origin: str

    def for_git(self, server: str) -> dict[str, str]:
        """Return the environment that lets one git command use the token, for this server only."""
        basic = base64.b64encode(f"x-access-token:{self.secret}".encode()).decode()
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{server.rstrip('/')}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
        }


def find_token(
    repository: str,
    api: str,
    environment: Mapping[str, str] | None = None,
    *,
    stored: StoredSecret = lambda _name: None,
) -> Token:
    """Find a token: a variable, a GitHub App's key, a Prefect Secret block; the first there is.

    Args:
        repository: `owner/name`, to find the App's installation.
        api: Address of GitHub's API.
        environment: Variables; those of this process by default.
        stored: Reads a secret that Prefect stores, by name; `None` where there is none.

    Raises:
        NoTokenError: When there is none.
    """
    variables = os.environ if environment is None else environment
    if found := of_environment(variables):
        return found
    if variables.get(_APP) and variables.get(_KEY):
        return _of_app(variables[_APP], variables[_KEY], repository, api)
    if kept := stored(BLOCK):
        return Token(kept, f"the Prefect block secret/{BLOCK}")
    raise NoTokenError(
        f"There is no token for GitHub. Put one in {NAMES[0]}, or in a Prefect Secret block named "
        f"{BLOCK}. {NEEDED}"
    )


def of_environment(variables: Mapping[str, str]) -> Token | None:
    """Return the token in the first variable that holds one."""
    set_here = ((name, variables.get(name, "").strip()) for name in NAMES)
    return next((Token(secret, name) for name, secret in set_here if secret), None)


def _of_app(app: str, key: str, repository: str, api: str) -> Token:
    """Request an App's token from GitHub; it ends by itself after an hour."""
    owner, _, name = repository.partition("/")
    with GithubIntegration(auth=Auth.AppAuth(app, key), base_url=api) as github:
        installation = github.get_repo_installation(owner, name)
        return Token(github.get_access_token(installation.id).token, _APP)
