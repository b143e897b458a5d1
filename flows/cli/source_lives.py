"""`python -m flows sources remove` and `rename`: what a source's file and people's decisions need.

The collection itself follows in the next night: rows, pins and pairs are carried over or withdrawn
there, whether a file was changed by these commands or by hand.
"""

import re
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.exits import handle_errors
from flows.cli.options import InCheckout
from flows.collection.checkout import Checkout
from flows.config import load
from flows.config.load import ConfigError
from flows.config.source import NAME
from flows.forge import decisions_file
from flows.text.escape import log_line
from flows.text.plural import plural

_DECISIONS = "decisions.toml"


def remove(
    name: Annotated[str, typer.Argument(help="The source.")], checkout: InCheckout = Path()
) -> None:
    """Delete the configuration of a source; the next night withdraws its rows.

    Exit codes: 0 done, 2 usage or configuration.
    """
    folder = checkout.resolve() / "config"
    with handle_errors():
        file, decisions = file_of(folder, name), folder / _DECISIONS
        before = _text(decisions)
        after = decisions_file.without(before, name) if before else before
        if not file.exists() and after == before:
            raise ConfigError(f"{file} is not there, and no decision keeps {name}. Nothing to do.")
        if {file} == {*file.parent.glob("*.toml")}:
            raise ConfigError(
                f"{name} is the only source, and nights need one. Nothing was changed; add another."
            )
        file.unlink(missing_ok=True)
        if after != before:
            decisions.write_text(after, encoding="utf-8")
            typer.echo(f"{decisions}: nothing leaves {log_line(name)} alone or pins it any more.")
        rows, copies = _rows(checkout.resolve(), name)
    typer.echo(f"{file} is gone. The next night withdraws {plural(rows, 'images')} of it;")
    typer.echo(f"of {plural(copies, 'pictures')} another source has a copy, which is kept then.")


def rename(
    old: Annotated[str, typer.Argument(help="What the source is called.")],
    new: Annotated[str, typer.Argument(help="What to call it.")],
    checkout: InCheckout = Path(),
) -> None:
    """Call a source otherwise; the next night carries its rows over.

    Splits, groups, decisions and history stay. Exit codes: 0 done, 2 usage or configuration.
    """
    folder = checkout.resolve() / "config"
    with handle_errors():
        before, after = file_of(folder, old), file_of(folder, new)
        load.load(folder).source(old)
        if after.exists():
            raise ConfigError(
                f"{after} is there already. Nothing was changed; choose another name."
            )
        before.rename(after)
        decisions = folder / _DECISIONS
        text = _text(decisions)
        named = decisions_file.renamed(text, {old: new}) if text else text
        if named != text:
            decisions.write_text(named, encoding="utf-8")
            typer.echo(f"{decisions}: what was decided about {old} is about {new} now.")
        load.load(folder)
    typer.echo(f"{after}: the next night carries the rows of {old} over.")


def file_of(folder: Path, name: str) -> Path:
    """Return where a source is described.

    Raises:
        ConfigError: It is no name of a source.
    """
    if not re.fullmatch(NAME, name):
        raise ConfigError(f"{log_line(name)!r} is no name of a source. Nothing was changed.")
    return folder / "sources" / f"{name}.toml"


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _rows(checkout: Path, name: str) -> tuple[int, int]:
    """Count the images of a source, and those of which others have a copy."""
    opened = Checkout(checkout)
    state = opened.state(opened.base("main"))
    own = [row for row in state.records.get(name, ()) if row.status != "withdrawn"]
    others = (row for some in state.records.values() for row in some if row.source != name)
    copied = {row.duplicate_of for row in others if str(row.duplicate_of).startswith(f"{name}/")}
    return len(own), len(copied)
