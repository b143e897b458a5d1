"""`python -m flows sources check`: hold a configuration against what its upstream has now."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from covid19_images.images.refused import Refused
from covid19_images.manifest.record import Record
from flows.cli.exits import Exit, handle_errors
from flows.cli.options import InCache, InCheckout
from flows.collection.checkout import Checkout
from flows.config import load
from flows.config.source import Source
from flows.decoding.decode import decode
from flows.decoding.result import DecodeResult
from flows.labels.assign import label
from flows.labels.rows import Description, describe
from flows.night.context import RunContext
from flows.night.listing import Scan, scan
from flows.night.plan.previews.decode import BlobLocation, thumbnail_batch
from flows.night.run import open_run
from flows.onboarding import page as pages
from flows.onboarding.sight import sight
from flows.onboarding.unstated import NOT_READ, among_images, over_folders, row_words, unstated
from flows.proposal.pictures import Thumbnail
from flows.sandbox.processes import WorkerCrashed, batches
from flows.sandbox.spread import spread
from flows.text import names
from flows.text.escape import log_line
from flows.text.plural import plural
from flows.upstream import git
from flows.upstream import outcome as outcomes
from flows.upstream.clone import Clone
from flows.upstream.observe import Tip, observe, one_line
from flows.upstream.tree import Entry

_SHOWN = 5  # problems of one kind
_PICTURES = 12
_UNREAD = Refused(NOT_READ)

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
    policy = context.config.policy
    tip = observe(source.url, source.branch, protocols=policy.protocols, hosts=policy.hosts)
    if not isinstance(tip, Tip):
        typer.echo(f"{source.name}: {log_line(outcomes.describe(tip))}")
        return True
    clone = context.clone(source)
    try:
        clone.fetch(tip)
        seen = scan(source, clone, None, tip.commit, ())
        chosen = _spread(seen.images) if rows else []
        results = _read(context, clone, chosen)
    except git.GitError as error:
        typer.echo(f"{source.name}: not reachable: {log_line(one_line(error.stderr))}")
        return True
    described = _described(context, source, seen, results)
    wrong = _wrong(source, seen, described) + _among_images(seen, results)
    left = unstated(described.records) + over_folders(described.records, source.harmless)
    typer.echo(f"{source.name}: {plural(len(seen.images), 'images')} at {tip.commit[:12]}")
    lines = [*wrong, *left] or ["all of it is explained"]
    typer.echo("".join(f"  {log_line(line)}\n" for line in lines), nl=False)
    shown = [r for r in described.records if r.path in {entry.path for entry in chosen}]
    _print(source, shown)
    if page:
        drawn = _thumbnails(context, clone, chosen)
        words = pages.render(source.name, wrong, left, shown, drawn, source.harmless)
        page.write_text(words, encoding="utf-8")
        typer.echo(f"  {page}: {plural(len(shown), 'pictures')} and their rows")
    return bool(wrong)


def _spread(images: Sequence[Entry]) -> list[Entry]:
    count = min(_PICTURES, len(images))
    return [images[number * len(images) // count] for number in range(count)]


def _read(context: RunContext, clone: Clone, chosen: Sequence[Entry]) -> dict[str, DecodeResult]:
    """Decode a few pictures; a night that follows knows them already."""
    wanted = sorted({entry.blob for entry in chosen})
    unfetched = clone.fetch_blobs(wanted)
    here = [blob for blob in wanted if blob not in unfetched]
    decoded = decode(
        clone.folder,
        here,
        limits=context.limits(),
        keep=context.memory().put,
        compute=context.config.policy.compute,
        allowance=context.allowance(),
    )
    return {blob: one.result for blob, one in decoded.items()}


def _described(
    context: RunContext, source: Source, seen: Scan, results: Mapping[str, DecodeResult]
) -> Description:
    labelled = label(source, seen.tables, [entry.path for entry in seen.images])
    known = {entry.blob: results.get(entry.blob, _UNREAD) for entry in seen.images}
    vocabulary = context.config.vocabulary
    return describe(source, vocabulary, seen.images, known, labelled, seen.dates)


def _wrong(source: Source, seen: Scan, described: Description) -> list[str]:
    found = [*seen.problems, *described.problems]
    problems = [one for one in found if one.what != _UNREAD.reason]
    counts = Counter(problem.kind for problem in problems)
    lines = [] if seen.images else ["files.images names no file that is there"]
    least = source.expect.min_images
    if least is not None and len(seen.images) < least:
        lines.append(f"fewer than expect.min_images ({least:,})")
    for kind, count in sorted(counts.items()):
        shown = [one for one in problems if one.kind == kind][:_SHOWN]
        lines += [f"{kind}: {one.file}: {one.what}" for one in shown]
        if count > _SHOWN:
            lines.append(f"{kind}: … and {count - _SHOWN:,} more")
    return lines


def _among_images(seen: Scan, results: Mapping[str, DecodeResult]) -> list[str]:
    read = {entry.path: results[entry.blob] for entry in seen.images if entry.blob in results}
    sights = {path: found for path, result in read.items() if (found := sight(result))}
    return among_images([entry.path for entry in seen.images], sights)


def _print(source: Source, shown: Sequence[Record]) -> None:
    withheld = False
    for record in shown:
        words = ", ".join(f"{name} {value}" for name, value in row_words(record))
        path = names.shown_path(record.path, record.blob, source.harmless)
        typer.echo(log_line(f"  {path}  {words or 'nothing is stated'}"))
        withheld = withheld or path != record.path
    if withheld:
        typer.echo(f"  {pages.WITHHELD}")


def _thumbnails(context: RunContext, clone: Clone, chosen: Sequence[Entry]) -> dict[str, Thumbnail]:
    work = sorted({BlobLocation(clone.folder, entry.blob) for entry in chosen})
    act = partial(thumbnail_batch, limits=context.limits())
    compute = context.config.policy.compute.on_this_machine()
    drawn: dict[str, Thumbnail] = {}
    for _, done in spread(act, batches(work), compute, context.allowance()):
        drawn |= {} if isinstance(done, WorkerCrashed) else done
    return drawn
