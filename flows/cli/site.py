"""`python -m flows site`: build the static site."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.exits import Exit, handle_errors
from flows.cli.options import InCache, InCheckout
from flows.collection.checkout import Checkout
from flows.collection.histories import histories
from flows.config import load
from flows.config.load import Config
from flows.config.policy import ForgeKind, Policy
from flows.forge import registry
from flows.forge.errors import ForgeError
from flows.orchestration.secrets import stored_secret
from flows.site import night as last_night
from flows.site import releases as shown
from flows.site.build import build
from flows.site.collect import collect, with_features
from flows.site.night import LastRun
from flows.site.write import SiteError, write
from flows.text.escape import log_line
from flows.text.plural import plural

if TYPE_CHECKING:
    from flows.publish.publisher import Publisher


_NIGHTLY = "nightly.yml"


def site(
    to: Annotated[Path, typer.Option(help="Where the site is written.")] = Path("site"),
    releases: Annotated[
        ForgeKind | None, typer.Option(help="Where releases are; config/policy.toml by default.")
    ] = None,
    forge: Annotated[
        ForgeKind | None,
        typer.Option(help="Where the nights leave what they saw; config/policy.toml by default."),
    ] = None,
    review: Annotated[
        Path | None,
        typer.Option(exists=True, help="The open proposal's page; found by itself by default."),
    ] = None,
    status: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            help="The status page; found by itself by default.",
        ),
    ] = None,
    looked: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="UTC date on which the sources were last asked."),
    ] = None,
    checkout: InCheckout = Path(),
    cache: InCache = None,
) -> None:
    """Build the site: a catalogue, a page for each picture, sources, volumes, releases, reviews.

    It shows what is on the branch that proposals stand on. Only files that differ are written.

    Exit codes: 0 done, 1 a release cannot be read, 2 usage or configuration.
    """
    from flows.publish import ReleaseError  # noqa: PLC0415  only a release draws plots

    folder = checkout.resolve()
    with handle_errors():
        config = load.load(folder / "config")
        opened = Checkout(folder)
        base = opened.base(config.policy.base)
        state, past = opened.state(base), histories(opened.repo, base)
        asked = _asked(opened, registry.choose(config, forge), folder)
        night = LastRun(
            looked.date() if looked else asked.looked,
            last_night.status(status) if status else asked.status,
            review.read_bytes() if review else asked.review,
        )
        try:
            policy = _policy(config, releases)
            at = _publisher(policy, folder)
            published = shown.releases(at.published(), at.read, _address(policy))
            drawn = collect(state, config, published, histories=past, night=night)
            drawn = with_features(drawn, cache or folder / ".cache", at.fetch)
            done = write(to.resolve(), build(drawn))
        except (SiteError, ReleaseError, shown.ReleaseUnreadableError) as error:
            typer.echo(log_line(f"error: {error}"), err=True)
            code = Exit.USAGE if isinstance(error, SiteError) else Exit.INCOMPLETE
            raise typer.Exit(code) from None
    others = f"{done.unchanged:,} unchanged, {done.removed:,} removed"
    typer.echo(log_line(f"{to / 'index.html'}: {plural(done.written, 'files')} written, {others}"))


def _asked(opened: Checkout, config: Config, folder: Path) -> LastRun:
    """Ask the forge what the last night saw."""
    policy = config.policy
    review = last_night.proposed(opened, policy.branch)
    if policy.forge.kind is not ForgeKind.GITHUB:
        found = last_night.read(folder / policy.forge.folder, None)
        return replace(found, review=found.review or review)
    connected = registry.connect(opened, policy, stored=stored_secret)
    try:
        last = registry.last_good(connected, _NIGHTLY)
    except ForgeError as error:
        typer.echo(log_line(f"{error} The site says that the last night is not known."), err=True)
        last = None
    return LastRun(last.date() if last else None, connected.read_status(), review)


def _policy(config: Config, kind: ForgeKind | None) -> Policy:
    """Return the policy, with releases in the kind of place that the user names."""
    place = config.policy.release
    place = place if kind is None else place.model_copy(update={"kind": kind})
    return config.policy.model_copy(update={"release": place})


def _publisher(policy: Policy, folder: Path) -> "Publisher":
    from flows.publish.registry import publisher  # noqa: PLC0415  only a release draws plots

    return publisher(policy, folder, stored=stored_secret)


def _address(policy: Policy) -> str | None:
    """Return where releases can be downloaded, up to the version."""
    if policy.release.url or policy.release.kind is ForgeKind.FOLDER or not policy.forge.repository:
        return policy.release.url
    return f"{policy.forge.server.rstrip('/')}/{policy.forge.repository}/releases/download"
