"""The rows of a release's manifest: the manifest's columns, and where the bytes are."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from covid19_images.manifest import table as manifest
from covid19_images.manifest.record import COLUMNS, Record
from covid19_images.manifest.spreadsheet import line
from covid19_images.manifest.table import ManifestError


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One image of a release.

    Attributes:
        record: What the manifest says of it.
        commit: The upstream commit it stands in.
        pointer_url: Where its owner has the file.
        shard: The shard of the layer `images` that holds it; `None` where no shard does.
        member: Its name in there. A volume has one member a slice; this is the middle one.
        redistributable: Whether its licence lets us ship it.
        added_in: The release that first had it.
        changed_in: The release in which anything in its row last changed.
    """

    record: Record
    commit: str
    pointer_url: str | None = None
    shard: str | None = None
    member: str | None = None
    redistributable: bool = False
    added_in: str
    changed_in: str


ADDED: tuple[str, ...] = (
    "commit",
    "pointer_url",
    "shard",
    "member",
    "redistributable",
    "added_in",
    "changed_in",
)
"""The columns a release adds, in their order."""

HEADER = (*(column.name for column in COLUMNS), *ADDED)
_OPTIONAL = ("pointer_url", "shard", "member")


def _added_cells(row: Row) -> list[str]:
    values = {name: getattr(row, name) for name in ADDED}
    values["redistributable"] = "true" if row.redistributable else "false"
    return [value or "" for value in values.values()]


def dumps(rows: Iterable[Row]) -> str:
    """Write rows as the text of `manifest.csv`, sorted by source and path."""
    ordered = sorted(rows, key=lambda r: (r.record.source, r.record.path))
    lines = [line([*manifest.cells(row.record), *_added_cells(row)]) for row in ordered]
    return line(HEADER) + "".join(lines)


def loads(text: str, *, name: str = "manifest.csv") -> list[Row]:
    """Read the text of a release's `manifest.csv`; columns of a later schema are read over.

    Raises:
        ManifestError: Where the header or a cell is not what the schema says.
    """
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(lines, [])
        if tuple(header[: len(HEADER)]) != HEADER:
            odd = sorted(set(HEADER) ^ set(header)) or ["the order of columns"]
            raise ManifestError(f"{name}: the header differs from ours in: {', '.join(odd)}.")
        return [_row(line, f"{name}, line {lines.line_num}") for line in lines]
    except csv.Error as error:
        raise ManifestError(
            f"{name}, line {lines.line_num}: not readable as CSV: {error}."
        ) from None


def _row(line: Sequence[str], where: str) -> Row:
    if len(line) < len(HEADER):
        raise ManifestError(f"{where}: {len(line)} cells where {len(HEADER)} belong.")
    record = manifest.parse_row(line[: len(COLUMNS)], where)
    added: dict[str, Any] = dict(zip(ADDED, line[len(COLUMNS) :], strict=False))
    if added["redistributable"] not in ("true", "false"):
        raise ManifestError(f"{where}: redistributable is {added['redistributable']!r}.")
    added["redistributable"] = added["redistributable"] == "true"
    for name in _OPTIONAL:
        added[name] = added[name] or None
    manifest.check_identifiers(added, where)
    return Row(record=record, **added)


def frame(rows: Sequence[Row]) -> pd.DataFrame:
    """Return the rows as a table whose columns have types."""
    table = manifest.frame([row.record for row in rows])
    for name in ADDED:
        kind = "boolean" if name == "redistributable" else "string"
        table[name] = pd.Series([getattr(row, name) for row in rows], dtype=kind, name=name)
    return table
