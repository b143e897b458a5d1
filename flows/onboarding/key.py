"""Find how the rows of a table name images."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flows.config.tables import Table
from flows.labels.finder import Finder
from flows.labels.table import Row, TableText

_ENOUGH = 0.5  # of the rows must name an image, or of the images have a row
_SURE = 0.95
_FILE = re.compile(r"\b(file|filename|image|img|name|path|picture|scan|slice|id)\b|(file|image)")
_BROAD = 0.2  # of the rows may name nothing, before the table is broader than the repository


@dataclass(frozen=True, slots=True)
class Key:
    """How rows name images.

    Attributes:
        column: The column.
        table: The keys of TOML that say so.
        named: How many images have a row.
        rows: How many rows say something in that column.
        sure: Whether nearly all rows or nearly all images are explained.
    """

    column: str
    table: Table
    named: int
    rows: int
    sure: bool


def key(file: str, text: TableText, images: Sequence[str]) -> Key | None:
    """Find the column that names images, and how; the simplest way that explains most.

    Args:
        file: The table's path.
        text: The table.
        images: The images.
    """
    best: Key | None = None
    for column in filter(None, text.columns):
        rows = [row for row in text.rows if row.cells.get(column, "").strip()]
        for path in _paths(column, images) if rows else ():
            for how in _SPELT:
                layout = Table(files=(file,), path=path).model_copy(update=how)
                found = _tried(column, layout, rows, images)
                if found and (best is None or _better(found, best)):
                    best = found
    return best


_SPELT: Sequence[Mapping[str, bool]] = (
    {},
    {"ignore_case": True},
    {"ignore_ending": True},
    {"ignore_case": True, "ignore_ending": True},
)


def _paths(column: str, images: Sequence[str]) -> Iterator[str]:
    """List templates, the simplest first."""
    name = f"{{{column}}}"
    yield name
    folders = Counter(path.rpartition("/")[0] for path in images)
    common = [folder for folder, _ in folders.most_common(8) if folder]
    for folder in common:
        yield f"{folder}/{name}"
        endings = {path.rpartition(".")[2] for path in images if path.startswith(f"{folder}/")}
        yield f"{folder}/{name}.{endings.pop()}" if len(endings) == 1 else f"{folder}/{name}.*"
    if not common:
        yield f"{name}.*"
    if len(folders) > 1:
        yield f"**/{name}"
        yield f"**/{name}.*"


def _tried(column: str, layout: Table, rows: Sequence[Row], images: Sequence[str]) -> Key | None:
    find = Finder(layout, images)
    found = [find(row) for row in rows]
    named = {path for path in found if isinstance(path, str)}
    hits = sum(isinstance(path, str) for path in found)
    of_rows, of_images = hits / len(rows), len(named) / len(images) if images else 0.0
    if not named or max(of_rows, of_images) < _ENOUGH or len(named) < _ENOUGH * hits:
        return None
    if min(of_rows, of_images) < _SURE and _by_chance(column, rows):
        return None
    partial = 1 - of_rows > _BROAD
    whole = layout.model_copy(update={"partial": True}) if partial else layout
    return Key(column, whole, len(named), len(rows), max(of_rows, of_images) >= _SURE)


def _better(one: Key, other: Key) -> bool:
    """Return whether a way to name images explains more, or as much with fewer exceptions."""
    return (one.named, -_exceptions(one)) > (other.named, -_exceptions(other))


def _exceptions(one: Key) -> int:
    flags = one.table.ignore_case + one.table.ignore_ending + one.table.path.endswith(".*")
    return 2 * flags + (not one.table.path.endswith("}"))


def _by_chance(column: str, rows: Sequence[Row]) -> bool:
    """Return whether any column of small numbers would do: images are often numbered."""
    return not _FILE.search(column) and all(row.cells[column].strip().isdecimal() for row in rows)
