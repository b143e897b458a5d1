"""`python -m flows sources check`: hold a configuration against what its upstream has now."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from covid19_images.manifest.record import Record
from flows.cli.exits import Exit, handle_errors
from flows.cli.options import InCache, InCheckout
from flows.collection.checkout import Checkout
from flows.config import load
from flows.config.source import Source
from flows.night.context import RunContext
from flows.night.run import open_run
from flows.night.sample import Sample, sample, thumbnails
from flows.onboarding import page as pages
from flows.onboarding.sight import sight
from flows.onboarding.unstated import NOT_READ, among_images, over_folders, row_words, unstated
from flows.proposal import outcomes
from flows.text import names
from flows.text.escape import log_line
from flows.text.plural import plural

_SHOWN = 5  # problems of one kind
_PICTURES = 12

Page = Annotated[
    Path | None, typer.Option(help="Where to write a page of twelve pictures and their rows.")
]


def check(
    names: Annotated[list[str] | None, typer.Argument(help="Sources; all by default.")] = None,
    page: Page = None,
    checkout: InCheckout = Path(),
    cache: InCache = None,
) -> None:
    """Compare the configuration of sources with what their upstreams have now.

    Of a single source, twelve pictures are read and shown with their rows. Nothing is written but
    the page that is asked for.
    Exit codes: 0 nothing contradicts it, 1 something does, 2 usage or configuration.
    """
    folder = checkout.resolve()
    with handle_errors():
        config = load.load(folder / "config")
        place = cache.resolve() if cache else folder / ".cache"
        context, _ = open_run(Checkout(folder), config, place, names or ())
        if page and len(context.sources) != 1:
            raise load.ConfigError("A page is of one source: name it. Nothing was written.")
        single = len(names or ()) == 1
        odd = [_checked(context, source, page, rows=single) for source in context.sources]
    raise typer.Exit(Exit.INCOMPLETE if any(odd) else Exit.DONE)


def _checked(context: RunContext, source: Source, page: Path | None, *, rows: bool) -> bool:
    """Print how a source's configuration fits, and return whether something does not."""
    found = sample(context, source, _PICTURES if rows else 0, unread=NOT_READ)
    if not isinstance(found, Sample):
        typer.echo(f"{source.name}: {log_line(outcomes.describe(found))}")
        return True
    images, records = found.seen.images, found.described.records
    wrong = _wrong(source, found) + _among_images(found)
    left = unstated(records) + over_folders(records, source.harmless)
    typer.echo(f"{source.name}: {plural(len(images), 'images')} at {found.commit[:12]}")
    lines = [*wrong, *left] or ["all of it is explained"]
    typer.echo("".join(f"  {log_line(line)}\n" for line in lines), nl=False)
    chosen = {entry.path for entry in found.chosen}
    shown = [r for r in records if r.path in chosen]
    _print(source, shown)
    if page:
        drawn = thumbnails(context, source, found.chosen)
        words = pages.render(source.name, wrong, left, shown, drawn, source.harmless)
        page.write_text(words, encoding="utf-8")
        typer.echo(f"  {page}: {plural(len(shown), 'pictures')} and their rows")
    return bool(wrong)


def _wrong(source: Source, found: Sample) -> list[str]:
    everything = [*found.seen.problems, *found.described.problems]
    problems = [one for one in everything if one.what != NOT_READ]
    counts = Counter(problem.kind for problem in problems)
    images = found.seen.images
    lines = [] if images else ["files.images names no file that is there"]
    least = source.expect.min_images
    if least is not None and len(images) < least:
        lines.append(f"fewer than expect.min_images ({least:,})")
    for kind, count in sorted(counts.items()):
        shown = [one for one in problems if one.kind == kind][:_SHOWN]
        lines += [f"{kind}: {one.file}: {one.what}" for one in shown]
        if count > _SHOWN:
            lines.append(f"{kind}: … and {count - _SHOWN:,} more")
    return lines


def _among_images(found: Sample) -> list[str]:
    images, results = found.seen.images, found.results
    read = {entry.path: results[entry.blob] for entry in images if entry.blob in results}
    sights = {path: one for path, result in read.items() if (one := sight(result))}
    return among_images([entry.path for entry in images], sights)


def _print(source: Source, shown: Sequence[Record]) -> None:
    withheld = False
    for record in shown:
        words = ", ".join(f"{name} {value}" for name, value in row_words(record))
        path = names.shown_path(record.path, record.blob, source.harmless)
        typer.echo(log_line(f"  {path}  {words or 'nothing is stated'}"))
        withheld = withheld or path != record.path
    if withheld:
        typer.echo(f"  {pages.WITHHELD}")
