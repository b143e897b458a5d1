"""`python -m flows history`: what happened to one picture, from the collection's own history."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from covid19_images.manifest.document import document
from covid19_images.manifest.record import Record
from flows.cli.exits import Exit, handle_errors
from flows.cli.options import AsJson, InCheckout
from flows.collection.checkout import Checkout
from flows.collection.duplicates import Pair
from flows.collection.row_history import MOST_VERSIONS, Event, History, history
from flows.collection.state import State
from flows.config import load
from flows.config.load import Config
from flows.text.escape import log_line

_SHOWN_CHARACTERS = 60  # of one cell
_MOST_ROWS = 10


def history_of(
    image: Annotated[str, typer.Argument(help="A picture: `source/path`, or its image id.")],
    most: Annotated[
        int, typer.Option(min=1, help="How many versions of the manifest are read.")
    ] = MOST_VERSIONS,
    as_json: AsJson = False,
    checkout: InCheckout = Path(),
) -> None:
    """Show which night added a picture, every change of its row since, and its copies.

    Exit codes: 0 it is there, 1 no row has that name, 2 usage or configuration.
    """
    folder = checkout.resolve()
    with handle_errors():
        config = load.load(folder / "config")
        opened = Checkout(folder)
        base = opened.base(config.policy.base)
        state = opened.state(base)
        rows = find(state, image)
        found = {
            row.key: history(opened.repo, base, row.source, row.path, most)
            for row in rows[:_MOST_ROWS]
        }
        if not rows and "/" in image:  # it may have had a row once
            source, _, path = image.partition("/")
            found = {image: history(opened.repo, base, source, path, most)}
            gone = Record(source=source, path=path, blob="", status="withdrawn")
            rows = [gone] if found[image].events else []
    if not rows:
        typer.echo(
            f"error: No row is called {log_line(image)!r}. Name it `source/path` as in "
            "datasets/manifest, or by its image id (`c19-…`).",
            err=True,
        )
        raise typer.Exit(Exit.INCOMPLETE)
    if as_json:
        documents = [row_document(row, found[row.key], state, config) for row in rows[:_MOST_ROWS]]
        typer.echo(document({"rows": documents, "more": len(rows) - len(documents)}, indent=2))
        return
    for row in rows[:_MOST_ROWS]:
        for line in lines(row, found[row.key], state, config):
            typer.echo(log_line(line))
    if len(rows) > _MOST_ROWS:
        typer.echo(f"{len(rows) - _MOST_ROWS:,} more rows show this picture.")


def find(state: State, image: str) -> list[Record]:
    """Find the rows that a name means: one by its key, or all that show a picture."""
    source, _, path = image.partition("/")
    records = [row for row in state.records.get(source, ()) if row.path == path]
    if records:
        return records
    every = (row for some in state.records.values() for row in some)
    return [row for row in every if row.image_id and row.image_id == image]


def lines(row: Record, past: History, state: State, config: Config) -> Iterator[str]:
    """Format a picture's history: what it is, a line per event, a line per copy."""
    finding = ", ".join(row.finding) or "no finding stated"
    yield f"{row.key}  {row.image_id or 'no picture'}  {row.status}, {finding}"
    if not past.whole:
        yield "  (older than what was read: raise --most, or fetch the whole history)"
    for event in past.events:
        yield f"  {_line(event)}"
    if not past.events:
        yield "  no change in what was read"
    for copy in copies(row, state, config):
        yield (
            f"  copy  {copy['key']}  {copy['kind']}, decided by {copy['decided_by']}, "
            f"{copy['status']}, from {copy['url']}, first seen {copy['first_seen'] or '?'}"
        )


def _line(event: Event) -> str:
    where = f"#{event.proposal}, {event.commit[:12]}" if event.proposal else event.commit[:12]
    night = f"night of {event.night}" if event.night else "by a person"
    upstream = f", upstream {event.upstream[:12]}" if event.upstream else ""
    changes = ", ".join(
        f"{name} {_shown(was)} → {_shown(now)}" for name, (was, now) in event.changes.items()
    )
    return f"{event.merged}  {event.act:<9}  {night} ({where}{upstream}) {changes}".rstrip()


def _shown(text: str) -> str:
    if len(text) > _SHOWN_CHARACTERS:
        return f"{text[:_SHOWN_CHARACTERS]}…"
    return text or "(empty)"


def copies(row: Record, state: State, config: Config) -> list[Mapping[str, Any]]:
    """List the copies of a picture and their origins.

    Args:
        row: The picture's row.
        state: The collection.
        config: The configuration, for the upstreams' addresses.
    """
    urls = {source.name: source.url for source in config.sources}
    rows = {one.key: one for some in state.records.values() for one in some}
    pairs = [pair for pair in state.pairs if row.key in (pair.a, pair.b)]
    return [
        _copy(pair, pair.b if pair.a == row.key else pair.a, rows, urls)
        for pair in pairs
        if pair.kind != "undecided"
    ]


def _copy(
    pair: Pair, key: str, rows: Mapping[str, Record], urls: Mapping[str, str]
) -> Mapping[str, Any]:
    other = rows.get(key)
    return {
        "key": key,
        "image_id": other.image_id if other else None,
        "kind": pair.kind,
        "decided_by": pair.decided_by,
        "status": other.status if other else "no row",
        "url": urls.get(key.partition("/")[0], "a source that is no longer configured"),
        "first_seen": other.first_seen if other else None,
    }


def row_document(row: Record, past: History, state: State, config: Config) -> Mapping[str, Any]:
    """Return the same for programs."""
    return {
        "key": row.key,
        "image_id": row.image_id or None,
        "status": row.status,
        "whole": past.whole,
        "events": [asdict(event) for event in past.events],
        "copies": copies(row, state, config),
    }
