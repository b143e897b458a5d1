"""Open the forge that the policy names."""

import os
from collections.abc import Iterator, Mapping

from flows.collection.checkout import Checkout
from flows.config.load import Config
from flows.config.policy import ForgeKind, Policy
from flows.forge import Forge
from flows.forge.dry_run import DryRun
from flows.forge.folder import FolderForge
from flows.forge.github.at_once import take_up
from flows.forge.github.connect import connect
from flows.forge.github.doctor import check_settings, check_token
from flows.forge.github.inspect import Setting
from flows.forge.github.nights import last_good, waiting_since
from flows.forge.github.token import StoredSecret, of_environment

__all__ = [
    "Setting",
    "choose",
    "connect",
    "inspect_forge",
    "last_good",
    "open_forge",
    "secret_here",
    "take_up",
    "waiting_since",
]


def choose(config: Config, kind: ForgeKind | None) -> Config:
    """Return the configuration with another forge, where one is named."""
    if kind is None:
        return config
    forge = config.policy.forge.model_copy(update={"kind": kind})
    return config.model_copy(update={"policy": config.policy.model_copy(update={"forge": forge})})


def open_forge(
    checkout: Checkout,
    config: Config,
    *,
    dry_run: bool = False,
    stored: StoredSecret = lambda _name: None,
) -> Forge:
    """Open the forge; nothing is asked or written yet.

    Args:
        checkout: The clone of the collection.
        config: The configuration.
        dry_run: Whether nothing may be written anywhere.
        stored: Reads a secret that Prefect stores, by name.

    Raises:
        ConfigError: When nobody says which repository it is.
        NoTokenError: When there is no token.
    """
    policy = config.policy
    if dry_run:
        return DryRun()
    if policy.forge.kind is ForgeKind.GITHUB:
        return connect(checkout, policy, config.sources, stored=stored)
    folder = checkout.folder / policy.forge.folder
    return FolderForge(checkout, folder, policy.branch, base=policy.base, push=policy.forge.push)


def secret_here() -> str | None:
    """Return the token for GitHub in the environment of this process, where there is one."""
    token = of_environment(os.environ)
    return token.secret if token else None


def inspect_forge(
    policy: Policy, environment: Mapping[str, str], *, stored: StoredSecret
) -> Iterator[Setting]:
    """Check what the forge needs: its token, and the settings of the repository.

    Args:
        policy: How the bot behaves.
        environment: Variables of this process.
        stored: Reads a secret that Prefect stores, by name.
    """
    if policy.forge.kind is not ForgeKind.GITHUB:
        yield Setting("token", "ok", f"none needed for the forge '{policy.forge.kind}'")
        return
    yield check_token(policy, environment, stored)
    yield from check_settings(policy, environment, stored)
