"""`python -m flows suspects`: rows whose label may be wrong, for people to look at."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from covid19_images.checks.negatives import negatives
from covid19_images.checks.views import KINDS, contradicted
from covid19_images.manifest import spreadsheet
from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.suspects import suspects
from flows.cli.exits import Exit, handle_errors
from flows.cli.options import InCache, InCheckout
from flows.collection.checkout import Checkout
from flows.collection.state import State
from flows.config import load
from flows.config.load import Config
from flows.night.context import RunContext
from flows.proposal.disagreements import all_conflicts

_OF_PICTURE = 3  # what a picture says against what is stated of it


def suspects_of(
    most: Annotated[int, typer.Option(help="How many at most.")] = 100,
    checkout: InCheckout = Path(),
    cache: InCache = None,
) -> None:
    """List as CSV the rows whose label may be wrong, with the reasons; nothing is changed.

    Views are compared with the pictures that nights have kept in the cache, and those that are
    negatives are named; nothing is fetched.

    Exit codes: 0 done, 2 usage or configuration.
    """
    folder = checkout.resolve()
    with handle_errors():
        config = load.load(folder / "config")
        opened = Checkout(folder)
        state = opened.state(opened.base(config.policy.base))
    records = [row for rows in state.records.values() for row in rows]
    known = all_conflicts(records, state.pairs, config.sources, config.decisions.finding)
    pictures = _pictures(cache or folder / ".cache", config, state, records)
    found = suspects(records, known, seen=_seen(records, pictures))[:most]
    rows = [[one.key, one.weight, "; ".join(one.reasons)] for one in found]
    sys.stdout.write(spreadsheet.dumps([["row", "weight", "why"], *rows]))
    raise typer.Exit(Exit.DONE)


def _pictures(
    cache: Path, config: Config, state: State, records: Iterable[Record]
) -> dict[str, NDArray[np.uint8]]:
    """Return the small pictures that nights have kept, by blob id; none where there is no cache."""
    if not cache.is_dir():
        return {}
    memory = RunContext(config, state, cache, config.sources).memory()
    kept = memory.features(row.blob for row in records if row.modality in KINDS)
    return {blob: one.picture() for blob, one in kept.items()}


def _seen(
    records: Sequence[Record], pictures: Mapping[str, NDArray[np.uint8]]
) -> list[tuple[str, int, str]]:
    views = [
        (one.key, f"view is {one.view}; the picture is lateral with {one.lateral:.2f}")
        for one in contradicted(records, pictures)
    ]
    turned = [
        (one.key, f"the picture is a negative with {one.probability:.2f}")
        for one in negatives(records, pictures)
    ]
    return [(key, _OF_PICTURE, why) for key, why in (*views, *turned)]
