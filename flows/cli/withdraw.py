"""`python -m flows withdraw`: take a picture down, from the request to the release."""

import datetime as dt
import time
from pathlib import Path
from typing import Annotated, get_args

import typer

from covid19_images.manifest import whole
from covid19_images.manifest.reasons import ReasonClass
from flows.cli.exits import Exit, exclusive_lock, progress
from flows.cli.options import InCache, InCheckout
from flows.cli.release import publish
from flows.collection.checkout import Checkout
from flows.collection.state import DECISIONS
from flows.config import load
from flows.config.decisions import Exclusion
from flows.config.load import Config, ConfigError
from flows.forge.deciding import Deciding
from flows.forge.decisions_file import record
from flows.night.opened import open_all
from flows.night.run import open_run, run
from flows.orchestration.secrets import stored_secret


def withdraw(
    image: Annotated[str, typer.Argument(help="Its key source/path, or its image_id.")],
    why: Annotated[str, typer.Option(help="In words, for the next maintainer; not published.")],
    reason: Annotated[
        str, typer.Option(help="rights, privacy, owner, quality or other; this word is published.")
    ] = "owner",
    by: Annotated[str, typer.Option(help="Who decides.")] = "a maintainer",
    checkout: InCheckout = Path(),
    cache: InCache = None,
) -> None:
    """Take a picture and its copies down: decision, proposal, and a release with a tombstone.

    The decision is written to config/decisions.toml first, so that whatever stops this, the next
    night and the next release go on from there. Exit codes: 0 done, 1 there is no release and
    why, 2 usage or configuration, 3 unexpected.
    """
    from flows.publish import ReleaseError  # noqa: PLC0415  only a release draws plots

    began = time.monotonic()
    folder = checkout.resolve()
    cache = cache or folder / ".cache"
    try:
        with exclusive_lock(cache):
            entry = _decision(image, reason, by, why)
            lines = _take_down(folder, cache, entry)
    except ReleaseError as error:
        typer.echo(f"error: {error} The decision is written and stands.", err=True)
        raise typer.Exit(Exit.INCOMPLETE) from None
    typer.echo("\n".join([*lines, f"From request to release: {time.monotonic() - began:,.0f} s."]))


def _decision(image: str, reason: str, by: str, why: str) -> Exclusion:
    if reason not in get_args(ReasonClass):
        known = ", ".join(get_args(ReasonClass))
        raise ConfigError(f"There is no reason {reason!r}; there are {known}. Nothing was changed.")
    today = dt.datetime.now(dt.UTC).date()
    try:
        return Exclusion(image=image, reason=reason, date=today, by=by, why=why)  # type: ignore[arg-type]
    except ValueError:
        raise ConfigError(
            f"{image!r} is no image: name its key, source/path, or its image_id, c19- and 16 "
            "digits. Nothing was changed."
        ) from None


def _take_down(folder: Path, cache: Path, entry: Exclusion) -> list[str]:
    """Write the decision, propose what follows from it, and release without the picture."""
    config = load.load(folder / "config")
    source = _source_of(folder, cache, config, entry)
    file = folder / DECISIONS
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    whole.write(file, record(text, [entry]).encode())
    with progress(quiet=False) as say:
        opened = open_all(
            folder,
            cache,
            only=[source],
            stored=stored_secret,
            through=lambda forge: Deciding(forge, text, [entry]),
        )
        report = run(opened.context, opened.base, opened.forge, opened.now, say=say)
    config = load.load(folder / "config")
    outcome = publish(Checkout(folder), config, cache, dry_run=False, direct=True, quiet=False)
    decided = f"Decided in {DECISIONS}: {entry.image} is taken down ({entry.reason})."
    return [decided, report.applied.message, *outcome.lines()]


def _source_of(folder: Path, cache: Path, config: Config, entry: Exclusion) -> str:
    """Return the source whose row the decision names; a mistyped name must change nothing.

    Raises:
        ConfigError: No row is named so.
    """
    context, _ = open_run(Checkout(folder), config, cache)
    for name, rows in sorted(context.base.records.items()):
        if any(entry.image in (row.key, row.image_id) for row in rows):
            return name
    raise ConfigError(
        f"No image is called {entry.image}: look for its path or image_id in datasets/manifest/. "
        "Nothing was changed."
    )
