"""Open the forge on GitHub: who we are, where it is, what opens it."""

import os
from collections.abc import Mapping, Sequence

from flows.collection.checkout import Checkout
from flows.config.branches import own_branches
from flows.config.load import ConfigError
from flows.config.policy import Policy
from flows.config.source import Source
from flows.forge.github.calls import LIMIT_WAIT_S, client
from flows.forge.github.forge import LOGIN, GitHubForge
from flows.forge.github.forks import Fork
from flows.forge.github.remote import Remote
from flows.forge.github.token import StoredSecret, find_token


def repository_of(policy: Policy, environment: Mapping[str, str]) -> str:
    """Return our repository on GitHub, `owner/name`.

    Raises:
        ConfigError: When nobody says it.
    """
    repository = policy.forge.repository or environment.get("GITHUB_REPOSITORY")
    if not repository:
        raise ConfigError(
            "config/policy.toml does not say which repository it is: add "
            '`repository = "owner/name"` under [forge].'
        )
    return repository


def connect(
    checkout: Checkout,
    policy: Policy,
    sources: Sequence[Source] = (),
    *,
    environment: Mapping[str, str] | None = None,
    stored: StoredSecret = lambda _name: None,
    limit_wait_s: float = LIMIT_WAIT_S,
) -> GitHubForge:
    """Open the forge; GitHub is not asked yet.

    Args:
        checkout: The clone of the collection.
        policy: How the bot behaves; GitHub Actions set what it leaves out.
        sources: The configured sources; those that name a fork of ours.
        environment: Variables; those of this process by default.
        stored: Reads a secret that Prefect stores, by name.
        limit_wait_s: Seconds to wait where a rate limit does not say for how long.

    Raises:
        ConfigError: When nobody says which repository it is.
        NoTokenError: When there is no token.
    """
    variables = os.environ if environment is None else environment
    repository = repository_of(policy, variables)
    server = variables.get("GITHUB_SERVER_URL") or policy.forge.server
    api = variables.get("GITHUB_API_URL") or policy.forge.api
    token = find_token(repository, api, variables, stored=stored)
    run = variables.get("GITHUB_RUN_ID")
    return GitHubForge(
        checkout=checkout,
        policy=policy,
        github=client(
            token, api, pace_s=policy.forge.seconds_between_writes, limit_wait_s=limit_wait_s
        ),
        remote=Remote(
            checkout.folder,
            server,
            repository,
            token,
            own=own_branches(policy.branch) - {policy.base},
            proposals=policy.branch,
        ),
        run_url=f"{server}/{repository}/actions/runs/{run}" if run else None,
        folder=checkout.folder / policy.forge.folder,
        forks=[Fork(one.name, one.fork, one.branch) for one in sources if one.fork],
        login=variables.get(LOGIN) or None,
    )
