"""The rows of a release's manifest: the manifest's columns, and where the bytes are."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from covid19_images.manifest import table as manifest
from covid19_images.manifest.cells import Cells
from covid19_images.manifest.columns import columns_of, written
from covid19_images.manifest.dataclass_csv import lines
from covid19_images.manifest.record import COLUMNS, Record
from covid19_images.manifest.spreadsheet import line
from covid19_images.manifest.table import ManifestError

if TYPE_CHECKING:
    import pandas as pd


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


_ADDED = columns_of(Row, without=["record"])
ADDED = tuple(column.name for column in _ADDED)
"""The columns a release adds, in their order."""

HEADER = (*(column.name for column in COLUMNS), *ADDED)


def dumps(rows: Iterable[Row]) -> str:
    """Write rows as the text of `manifest.csv`, sorted by source and path."""
    ordered = sorted(rows, key=lambda r: (r.record.source, r.record.path))
    return line(HEADER) + "".join(line(_cells(row)) for row in ordered)


def digests(rows: Iterable[Row]) -> dict[str, str]:
    """Return the sha256 of every set of rows, each as `dumps` would write it.

    Args:
        rows: All rows of a release.

    Returns:
        By name: `rows` for all, `rows/source/NAME`, and `rows/split/NAME`.
    """
    header = line(HEADER).encode()
    found = {"rows": hashlib.sha256(header)}
    for row in sorted(rows, key=lambda r: (r.record.source, r.record.path)):
        text = line(_cells(row)).encode()
        source, split = (
            f"rows/source/{row.record.source}",
            f"rows/split/{row.record.split or 'none'}",
        )
        for name in ("rows", source, split):
            found.setdefault(name, hashlib.sha256(header)).update(text)
    return {name: digest.hexdigest() for name, digest in found.items()}


def _cells(row: Row) -> list[str]:
    added = (written(column, getattr(row, column.field)) for column in _ADDED)
    return [*manifest.cells(row.record), *added]


def loads(text: str, *, name: str = "manifest.csv") -> list[Row]:
    """Read the text of a release's `manifest.csv`; columns of a later schema are read over.

    Raises:
        ManifestError: Where the header or a cell is not what the schema says.
    """
    rows = lines(text, name, error=ManifestError)
    _, header = next(rows, ("", []))
    if tuple(header[: len(HEADER)]) != HEADER:
        odd = sorted(set(HEADER) ^ set(header)) or ["the order of columns"]
        raise ManifestError(f"{name}: the header differs from ours in: {', '.join(odd)}.")
    readers = manifest.reader(), Cells(_ADDED)
    return [_row(cells[: len(HEADER)], where, *readers) for where, cells in rows]


def _row(cells: Sequence[str], where: str, own: Cells, added: Cells) -> Row:
    record = manifest.parse_row(cells[: len(COLUMNS)], where, own)
    try:
        return Row(record=record, **added.fields(cells[len(COLUMNS) :]))
    except ValueError as error:
        raise ManifestError(f"{where}: {error}") from None


def frame(rows: Sequence[Row]) -> "pd.DataFrame":
    """Return the rows as a table whose columns have types."""
    import pandas as pd  # noqa: PLC0415  a download starts quickly without

    table = manifest.frame([row.record for row in rows])
    for name in ADDED:
        kind = "boolean" if name == "redistributable" else "string"
        table[name] = pd.Series([getattr(row, name) for row in rows], dtype=kind, name=name)
    return table
