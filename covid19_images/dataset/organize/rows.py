"""Describe pictures beside their files: one row each, in words and numbers any library reads."""

import csv
import io
from collections.abc import Iterable
from typing import Any

import numpy as np

from covid19_images.dataset.selection import Selection
from covid19_images.manifest.spreadsheet import cell

PLAIN = (
    "image_id",
    "split",
    "source",
    "key",
    "patient_id",
    "group",
    "modality",
    "view",
    "finding",
    "label_basis",
    "licence",
)


def cells(chosen: Selection, at: int) -> dict[str, Any]:
    """Describe one picture: its label first, then the manifest's columns; `None` for not known."""
    record, target = chosen.records[at], chosen.targets[at]
    cells: dict[str, Any] = {}
    if chosen.label.several:
        numbers = [None if np.isnan(value) else int(value) for value in target]
        cells |= dict(zip(chosen.label.classes, numbers, strict=True))
    else:
        cells["label"] = next(iter(chosen.label.words(record)), None)
    for name in PLAIN:
        value = getattr(record, name)
        cells[name] = ";".join(value) if isinstance(value, tuple) else value
    return cells


def _quiet(value: object) -> object:
    return cell(value) if isinstance(value, str) else value


def dumps(rows: Iterable[dict[str, Any]]) -> str:
    """Write rows as CSV without formulas; empty where nothing is known."""
    listed = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(listed[0]) if listed else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _quiet(value) for name, value in row.items()} for row in listed)
    return out.getvalue()


def indices_of_split(chosen: Selection, split: str) -> list[int]:
    """Return the indices of a split's pictures, sorted by picture and row."""
    indices = [at for at, record in enumerate(chosen.records) if record.split == split]
    return sorted(
        indices, key=lambda at: (str(chosen.records[at].image_id), chosen.records[at].key)
    )
