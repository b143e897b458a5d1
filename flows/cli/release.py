"""`python -m flows release`: publish what the collection holds."""

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from covid19_images.manifest.document import document
from flows.cli.exits import Exit, exclusive_lock, progress
from flows.cli.options import AsJson, Direct, InCache, InCheckout
from flows.collection.checkout import Checkout
from flows.config import load
from flows.config.load import Config
from flows.config.policy import ForgeKind
from flows.night.run import open_run
from flows.orchestration.secrets import stored_secret
from flows.orchestration.server import prefect_server

if TYPE_CHECKING:
    from flows.publish.release import Outcome


def release(
    dry_run: Annotated[
        bool, typer.Option(help="Build the release in the cache; publish nothing.")
    ] = False,
    forge: Annotated[
        ForgeKind | None, typer.Option(help="Where releases go; config/policy.toml by default.")
    ] = None,
    direct: Direct = False,
    as_json: AsJson = False,
    checkout: InCheckout = Path(),
    cache: InCache = None,
) -> None:
    """Publish what the collection holds, unless the last release holds all of it.

    A run that was stopped is taken up where it stopped. Other places that config/policy.toml names
    are then updated to what is published; one that fails is named, and the next run goes on.
    Exit codes: 0 done or nothing to do, 1 there is no release and why, 2 usage or configuration,
    3 unexpected.
    """
    from flows.publish import ReleaseError  # noqa: PLC0415  only a release draws plots

    folder = checkout.resolve()
    cache = cache or folder / ".cache"
    try:
        with exclusive_lock(cache):
            config = _to(load.load(folder / "config"), forge)
            outcome = publish(
                Checkout(folder), config, cache, dry_run=dry_run, direct=direct, quiet=as_json
            )
    except ReleaseError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(Exit.INCOMPLETE) from None
    typer.echo(document(asdict(outcome)) if as_json else "\n".join(outcome.lines()))


def _to(config: Config, kind: ForgeKind | None) -> Config:
    """Return the configuration with another place for releases, where one is named."""
    if kind is None:
        return config
    release = config.policy.release.model_copy(update={"kind": kind})
    return config.model_copy(
        update={"policy": config.policy.model_copy(update={"release": release})}
    )


def publish(
    checkout: Checkout, config: Config, cache: Path, *, dry_run: bool, direct: bool, quiet: bool
) -> "Outcome":
    """Publish what a checkout holds.

    Args:
        checkout: The clone of the collection.
        config: The bot's configuration.
        cache: Folder for clones and what is built.
        dry_run: Whether nothing is published.
        direct: Whether to do without Prefect.
        quiet: Whether nobody watches.

    Raises:
        ReleaseError: There is no release, and why.
    """
    from flows.publish import release as steps  # noqa: PLC0415  only a release draws plots
    from flows.publish.registry import publisher, targets  # noqa: PLC0415
    from flows.publish.sign import find_signer  # noqa: PLC0415

    signer = find_signer(stored=stored_secret)
    context, _ = open_run(checkout, config, cache)
    place = publisher(config.policy, checkout.folder, stored=stored_secret)
    others = targets(config.policy, checkout.folder, stored=stored_secret)
    now = dt.datetime.now(dt.UTC)
    with progress(quiet=quiet) as say:
        if direct:
            return steps.run(
                context, place, now, signer=signer, targets=others, dry_run=dry_run, say=say
            )
        say("Starting Prefect")
        with prefect_server(cache / "prefect"):
            from flows.orchestration import release_flow as flow  # noqa: PLC0415  Prefect reads its settings on import

            return flow.release(
                context, place, now, signer=signer, targets=others, dry_run=dry_run, say=say
            )
