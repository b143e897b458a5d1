"""Find how the rows of a table name images."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flows.config.tables import Table
from flows.labels.finder import Ambiguous, Finder
from flows.labels.table import Row, TableText
from flows.onboarding.columns import counts_days

_ENOUGH = 0.5  # of the rows must name an image, or of the images have a row
_SURE = 0.95
_SEVERAL = 2  # folders that a column must name
_FILE = re.compile(
    r"\b(file|filename|image|img|key|name|path|picture|scan|slice|id)\b|(file|image)"
)
_BROAD = 0.2  # of the rows may name nothing, before the table is broader than the repository


@dataclass(frozen=True, slots=True)
class Key:
    """How rows name images.

    Attributes:
        column: The column.
        table: The keys of TOML that say so.
        named: How many images have a row.
        rows: How many rows say something in that column.
        by_number: Whether it does so by bare numbers, in a column that is not called after files.
        sure: Whether nearly all rows or nearly all images are explained.
    """

    column: str
    table: Table
    named: int
    rows: int
    by_number: bool
    sure: bool


def key(file: str, text: TableText, images: Sequence[str]) -> Key | None:
    """Find the column that names images, and how; the simplest way that explains most.

    Args:
        file: The table's path.
        text: The table.
        images: The images.
    """
    best: Key | None = None
    names = _names(images)
    for column in text.columns:
        if not column or counts_days(column) or not _may_name(text, column, names, len(images)):
            continue
        rows = [row for row in text.rows if row.cells.get(column, "").strip()]
        within = _folder_columns(column, text, rows, images)
        for path in (*within, *_paths(column, images)) if rows else ():
            for how in _SPELT:
                layout = Table(files=(file,), path=path).model_copy(update=how)
                found = _tried(column, layout, rows, images)
                if found and (best is None or _better(found, best)):
                    best = found
                if best and best.named == len(images) and not _exceptions(best):
                    return best  # no other way explains more, or is simpler
    return best


def _names(images: Sequence[str]) -> set[str]:
    """Return all that a cell may end in: names of files and of folders, with and without ending."""
    parts = {part.casefold() for path in images for part in path.split("/")}
    return parts | {one.rpartition(".")[0] for one in parts if "." in one}


def _may_name(text: TableText, column: str, names: set[str], images: int) -> bool:
    """Return whether enough cells end in a name, which is quickly seen, to try in which way."""
    cells = [cell for row in text.rows if (cell := row.cells.get(column, "").strip())]
    ends = (re.split(r"[/\\]", cell.rstrip("/").casefold())[-1] for cell in cells)
    found = sum(end in names or end.rpartition(".")[0] in names for end in ends)
    return found >= _ENOUGH * min(len(cells), images) and found > 0


def _folder_columns(
    column: str, text: TableText, rows: Sequence[Row], images: Sequence[str]
) -> Iterator[str]:
    """List templates of two columns, of which the first names the folder."""
    folders = {path.rpartition("/")[0] for path in images} - {""}
    last = {one.rpartition("/")[2] for one in folders}
    for other in filter(None, text.columns):
        named = {row.cells.get(other, "").strip().strip("/") for row in rows}
        if other == column or len(named) < _SEVERAL or "" in named:
            continue
        if named <= folders:
            yield f"{{{other}}}/{{{column}}}"
        elif named <= last:
            yield f"**/{{{other}}}/{{{column}}}"


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
        above = sorted({"/".join(one.split("/")[:-n]) for one in common for n in (1, 2)} - {""})
        yield from (f"{one}/{name}/" for one in above)
        yield f"**/{name}/"


def _tried(column: str, layout: Table, rows: Sequence[Row], images: Sequence[str]) -> Key | None:
    of_folders = layout.path.endswith("/")
    if of_folders and len({row.cells[column] for row in rows}) < _SURE * len(rows):
        return None  # a class, perhaps: a row of a patient's folder is the only one
    find = Finder(layout, images)
    found = [one for row in rows if (one := find(row)) and not isinstance(one, Ambiguous)]
    named = {path for paths in found for path in paths}
    hits = len(found)
    of_rows, of_images = hits / len(rows), len(named) / len(images) if images else 0.0
    if not named or max(of_rows, of_images) < _ENOUGH or len(named) < _ENOUGH * hits:
        return None
    by_number = _by_chance(column, rows)
    if by_number and min(of_rows, of_images) < _SURE:
        return None
    partial = 1 - of_rows > _BROAD
    whole = layout.model_copy(update={"partial": True}) if partial else layout
    once = len(named) >= _SURE * hits  # or a part of the name is missing
    sure = once and max(of_rows, of_images) >= _SURE and not by_number
    return Key(column, whole, len(named), len(rows), by_number, sure)


def _better(one: Key, other: Key) -> bool:
    """Return whether a way to name images explains more, or as much with fewer exceptions."""
    return (one.named, -_exceptions(one)) > (other.named, -_exceptions(other))


def _exceptions(one: Key) -> int:
    flags = one.table.ignore_case + one.table.ignore_ending + one.table.path.endswith(".*")
    of_folders = 3 * one.table.path.endswith("/")
    by_number = 3 * one.by_number
    return 2 * flags + of_folders + by_number + (not one.table.path.endswith("}"))


def _by_chance(column: str, rows: Sequence[Row]) -> bool:
    """Return whether any column of small numbers would do: images are often numbered."""
    return not _FILE.search(column) and all(row.cells[column].strip().isdecimal() for row in rows)
