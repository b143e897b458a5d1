"""`python -m flows sources`: describe a new source, hold the others against their upstreams."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from flows.cli import source_lives
from flows.cli.exits import Exit, handle_errors
from flows.cli.options import InCache, InCheckout
from flows.collection.checkout import Checkout
from flows.config import load
from flows.config.load import Config, ConfigError
from flows.config.source import Source
from flows.labels.assign import label
from flows.night.context import RunContext
from flows.night.listing import Scan, scan
from flows.night.run import open_run
from flows.onboarding import toml
from flows.onboarding.guess import guess
from flows.onboarding.inspect import Looked
from flows.onboarding.inspect import look as look_at
from flows.text.escape import log_line
from flows.text.plural import plural
from flows.upstream import git
from flows.upstream.observe import Tip, observe, one_line
from flows.upstream.outcome import describe

app = typer.Typer(
    help="Describe a new source; hold the known ones against their upstreams.", no_args_is_help=True
)
app.command()(source_lives.remove)
app.command()(source_lives.rename)
_SHOWN = 5  # problems of one kind


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="Where the repository is.")],
    name: Annotated[str | None, typer.Option(help="What to call the source.")] = None,
    checkout: InCheckout = Path(),
) -> None:
    """Inspect a repository, and write its TOML with a mark at everything that is not known.

    Exit codes: 0 written, 1 the repository does not answer, 2 usage or configuration.
    """
    folder = checkout.resolve() / "config"
    with handle_errors():
        config = load.load(folder)
        file = folder / "sources" / f"{name or toml.name_of(url)}.toml"
        _check_free(config, file, url)
        with tempfile.TemporaryDirectory() as scratch:
            policy = config.policy
            found = look_at(url, Path(scratch, "clone.git"), policy.protocols, policy.hosts)
        if not isinstance(found, Looked):
            typer.echo(f"error: {log_line(describe(found))}. Nothing was written.", err=True)
            raise typer.Exit(Exit.INCOMPLETE)
        seen = guess(found.paths, found.tables, config.vocabulary, config.sources, found.sights)
        order = max((source.order for source in config.sources), default=0) + 10
        text = toml.write(url, seen, order=order)
        load.parse_source(text, file)
        file.write_text(text, encoding="utf-8")
    marks = sum(toml.MARK in line for line in text.splitlines())
    typer.echo(f"{file}: {plural(seen.count, 'images')}, {plural(len(seen.tables), 'tables')}.")
    typer.echo(f"Look at the {plural(marks, 'lines')} with '{toml.MARK}', then run")
    typer.echo(f"  python -m flows sources check {file.stem}")


def _check_free(config: Config, file: Path, url: str) -> None:
    if file.exists():
        raise ConfigError(f"{file} is there already. Nothing was changed; choose another --name.")
    for source in config.sources:
        if url.removesuffix(".git") in (source.url.removesuffix(".git"), source.upstream):
            raise ConfigError(f"{source.name} is that repository already. Nothing was changed.")


@app.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Sources; all by default.")] = None,
    checkout: InCheckout = Path(),
    cache: InCache = None,
) -> None:
    """Compare the configuration of sources with what their upstreams have now; nothing is written.

    Exit codes: 0 all of it is explained, 1 some of it is not, 2 usage or configuration.
    """
    folder = checkout.resolve()
    with handle_errors():
        config = load.load(folder / "config")
        place = cache.resolve() if cache else folder / ".cache"
        context, _ = open_run(Checkout(folder), config, place, names or ())
        odd = [_checked(context, source) for source in context.sources]
    raise typer.Exit(Exit.INCOMPLETE if any(odd) else Exit.DONE)


def _checked(context: RunContext, source: Source) -> bool:
    """Print how a source's configuration fits, and return whether something does not."""
    policy = context.config.policy
    tip = observe(source.url, source.branch, protocols=policy.protocols, hosts=policy.hosts)
    if not isinstance(tip, Tip):
        typer.echo(f"{source.name}: {log_line(describe(tip))}")
        return True
    clone = context.clone(source)
    try:
        clone.fetch(tip)
        seen = scan(source, clone, None, tip.commit, ())
    except git.GitError as error:
        typer.echo(f"{source.name}: not reachable: {log_line(one_line(error.stderr))}")
        return True
    lines = _lines(source, seen)
    typer.echo(f"{source.name}: {plural(len(seen.images), 'images')} at {tip.commit[:12]}")
    typer.echo(
        "".join(f"  {log_line(line)}\n" for line in lines) or "  all of it is explained\n", nl=False
    )
    return bool(lines)


def _lines(source: Source, seen: Scan) -> list[str]:
    labelled = label(source, seen.tables, [entry.path for entry in seen.images])
    problems = [*seen.problems, *labelled.problems]
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
