"""Carry a collection over when a source gets another name, or is configured no longer.

Rows that left by configuration stay, marked `withdrawn`, but they count for nothing: no copy is
theirs and they join no group, so that the rest is as if they had never been there. What upstream
withdrew goes on counting in groups. See issue 16.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from covid19_images.manifest.record import Record
from flows.collection.duplicates import Pair
from flows.collection.keys import key_in
from flows.collection.state import State

NO_LONGER_CONFIGURED = "no longer configured"
NO_LONGER_TAKEN = "no longer taken: configuration"
LEFT_REASONS = (NO_LONGER_CONFIGURED, NO_LONGER_TAKEN)


def left_by_configuration(record: Record) -> bool:
    """Return whether it is a person's configuration, and not the upstream, that left a row out."""
    return record.status == "withdrawn" and record.status_reason in LEFT_REASONS


def leave_out(record: Record, reason: str) -> Record:
    """Return a row that configuration leaves out: a tombstone without a copy's ties.

    Args:
        record: The row.
        reason: One of the reasons of this module.
    """
    return replace(
        record,
        status="withdrawn",
        status_reason=reason,
        duplicate_of=None,
        duplicate_kind=None,
        group=None,
        split="none" if record.image_id else None,
        split_reason="withdrawn" if record.image_id else None,
    )


def without(state: State, names: Iterable[str]) -> State:
    """Return a state without some sources: their rows are tombstones, all else of them is gone.

    Args:
        state: The collection.
        names: The sources.
    """
    gone = set(names)
    records = {name: _left(rows) if name in gone else rows for name, rows in state.records.items()}
    return replace(
        state,
        pins={name: pin for name, pin in state.pins.items() if name not in gone},
        described={name: row for name, row in state.described.items() if name not in gone},
        records=records,
        pairs=tuple(p for p in state.pairs if not {_source(p.a), _source(p.b)} & gone),
        problems=tuple(p for p in state.problems if p.source not in gone),
        volumes=state.volumes.without(gone),
    )


def _left(rows: Iterable[Record]) -> tuple[Record, ...]:
    return tuple(
        row if row.status == "withdrawn" else leave_out(row, NO_LONGER_CONFIGURED) for row in rows
    )


def renamed(state: State, names: Mapping[str, str]) -> State:
    """Return a state in which sources have other names.

    Args:
        state: The collection.
        names: The new name of each source by its old one.
    """
    if not names:
        return state
    rows = [_row(row, names) for rows in state.records.values() for row in rows]
    sources = {names.get(name, name) for name in state.records}
    return replace(
        state,
        pins={names.get(name, name): pin for name, pin in state.pins.items()},
        described={
            names.get(name, name): replace(row, source=names.get(name, name))
            for name, row in state.described.items()
        },
        records={name: _once(rows, name) for name in sorted(sources)},
        pairs=tuple(sorted((_pair(p, names) for p in state.pairs), key=lambda p: (p.a, p.b))),
        problems=tuple(replace(p, source=names.get(p.source, p.source)) for p in state.problems),
        volumes=state.volumes.renamed(names),
    )


def _row(row: Record, names: Mapping[str, str]) -> Record:
    return replace(
        row,
        source=names.get(row.source, row.source),
        patient_id=key_in(row.patient_id, names) if row.patient_id else None,
        duplicate_of=key_in(row.duplicate_of, names) if row.duplicate_of else None,
    )


def _once(rows: Iterable[Record], name: str) -> tuple[Record, ...]:
    """Return a source's rows; where its name had a tombstone before, what is there counts."""
    by_path: dict[str, Record] = {}
    for row in rows:
        other = by_path.get(row.path)
        if row.source == name and (other is None or other.status == "withdrawn"):
            by_path[row.path] = row
    return tuple(by_path[path] for path in sorted(by_path))


def _pair(pair: Pair, names: Mapping[str, str]) -> Pair:
    a, b = key_in(pair.a, names), key_in(pair.b, names)
    if a < b:
        return replace(pair, a=a, b=b)
    return replace(pair, a=b, b=a, transform=inverse(pair.transform))


def inverse(transform: str) -> str:
    """Return the map of one picture to another as the map of the other to the one.

    Args:
        transform: Six numbers of an affine map, row by row, and maybe the word `inverted`.

    >>> inverse("2 0 0.5 0 2 0 inverted")
    '0.5 0 -0.25 0 0.5 0 inverted'
    """
    words = transform.split()
    numbers = [float(word) for word in words if word != "inverted"]
    if len(numbers) != 6 or not np.linalg.det(np.reshape(numbers, (2, 3))[:, :2]):
        return transform
    whole = np.linalg.inv(np.vstack([np.reshape(numbers, (2, 3)), [0, 0, 1]]))[:2]
    written = [f"{number + 0.0:.4g}" for number in whole.ravel()]
    return " ".join([*written, *(word for word in words if word == "inverted")])


def _source(key: str) -> str:
    return key.partition("/")[0]
