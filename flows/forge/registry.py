"""Open the forge that the policy names."""

from enum import StrEnum

from flows.collection.checkout import Checkout
from flows.config.load import Config
from flows.forge import Forge
from flows.forge.dry_run import DryRun
from flows.forge.folder import FolderForge
from flows.forge.github.connect import connect


class Kind(StrEnum):
    """The forges there are."""

    FOLDER = "folder"
    GITHUB = "github"


def choose(config: Config, kind: Kind | None) -> Config:
    """Return the configuration with another forge, where one is named."""
    if kind is None:
        return config
    forge = config.policy.forge.model_copy(update={"kind": kind.value})
    return config.model_copy(update={"policy": config.policy.model_copy(update={"forge": forge})})


def open_forge(checkout: Checkout, config: Config, *, dry_run: bool = False) -> Forge:
    """Open the forge; nothing is asked or written yet.

    Raises:
        ConfigError: When nobody says which repository it is.
        NoTokenError: When there is no token.
    """
    policy = config.policy
    if dry_run:
        return DryRun()
    if policy.forge.kind == "github":
        return connect(checkout, policy, config.sources)
    folder = checkout.folder / policy.forge.folder
    return FolderForge(checkout, folder, policy.branch, push=policy.forge.push)
