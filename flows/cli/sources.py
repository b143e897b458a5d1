"""`python -m flows sources`: describe a new source, hold the others against their upstreams."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from flows.cli import source_check, source_lives
from flows.cli.exits import Exit, handle_errors
from flows.cli.options import InCheckout
from flows.cli.source_lives import file_of
from flows.config import load
from flows.config.load import Config, ConfigError
from flows.onboarding import toml
from flows.onboarding.guess import guess
from flows.onboarding.inspect import Looked
from flows.onboarding.inspect import look as look_at
from flows.proposal.outcomes import describe
from flows.text.escape import log_line
from flows.text.plural import plural

app = typer.Typer(
    help="Describe a new source; hold the known ones against their upstreams.",
    no_args_is_help=True,
    rich_markup_mode=None,  # a screen reader reads no frames, and lines break where they are full
)
app.command()(source_check.check)
app.command()(source_lives.remove)
app.command()(source_lives.rename)


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="Where the repository is.")],
    name: Annotated[str | None, typer.Option(help="What to call the source.")] = None,
    checkout: InCheckout = Path(),
) -> None:
    """Inspect a repository, and write its TOML with a mark at everything that is not known.

    Exit codes: 0 written, 1 the repository does not answer or has no image, 2 usage or
    configuration.
    """
    folder = checkout.resolve() / "config"
    with handle_errors():
        config = load.load(folder, may_be_empty=True)
        file = file_of(folder, name or toml.name_of(url))
        _check_free(config, file, url)
        with tempfile.TemporaryDirectory() as scratch:
            policy = config.policy
            found = look_at(url, Path(scratch, "clone.git"), policy.protocols, policy.hosts)
        if not isinstance(found, Looked):
            typer.echo(f"error: {log_line(describe(found))}. Nothing was written.", err=True)
            raise typer.Exit(Exit.INCOMPLETE)
        seen = guess(found.paths, found.tables, config.vocabulary, config.sources, found.sights)
        if not seen.count:
            why = "; ".join(seen.doubts)
            typer.echo(f"error: {log_line(why)}. Nothing was written.", err=True)
            raise typer.Exit(Exit.INCOMPLETE)
        order = max((source.order for source in config.sources), default=0) + 10
        text = toml.write(url, seen, order=order)
        load.parse_source(text, file)
        file.parent.mkdir(exist_ok=True)
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
