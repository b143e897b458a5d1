"""What each source states of one picture, cell by cell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from covid19_images.manifest.record import Record
from flows.site.pictures import Picture

Statement = tuple[str, tuple[str, ...]]
"""A column in words, and its cell for each row."""


def _listed(values: Sequence[str]) -> str:
    return ", ".join(values)


def _size(row: Record) -> str:
    if not row.width or not row.height:
        return ""
    frames = f", {row.frames:,} frames" if row.frames and row.frames > 1 else ""
    return f"{row.width:,} × {row.height:,} pixels{frames}"


def _age(row: Record) -> str:
    if row.age_min is None and row.age_max is None:
        return ""
    if row.age_min == row.age_max:
        return f"{row.age_min}"
    least, most = ("" if age is None else f"{age}" for age in (row.age_min, row.age_max))
    return f"{least}–{most}"


def _day(row: Record) -> str:
    if row.offset_days is None:
        return ""
    if row.offset_basis in (None, "unknown"):
        return f"day {row.offset_days}, of what is not stated"
    return f"day {row.offset_days} since {row.offset_basis.replace('_', ' ')}"


_CELLS: dict[str, Callable[[Record], str | None]] = {
    "finding": lambda r: _listed(r.finding),
    "finding, in the source's words": lambda r: r.finding_raw,
    "label basis": lambda r: (r.label_basis or "").replace("_", " "),
    "modality": lambda r: r.modality,
    "view": lambda r: r.view,
    "sex": lambda r: r.sex,
    "age": _age,
    "patient": lambda r: r.patient_id,
    "time": _day,
    "country": lambda r: r.country,
    "size": _size,
    "format": lambda r: r.media_type,
    "quality": lambda r: _listed(r.quality),
    "licence": lambda r: r.licence,
    "publication": lambda r: r.doi,
    "split": lambda r: r.split,
    "copy of": lambda r: (
        r.duplicate_of and f"another file ({r.duplicate_kind or 'kind not known'})"
    ),
    "first seen": lambda r: r.first_seen.isoformat() if r.first_seen else None,
    "last changed": lambda r: r.last_changed.isoformat() if r.last_changed else None,
    "notes": lambda r: r.notes,
}


def statements(rows: Sequence[Record]) -> list[Statement]:
    """Return what any of some rows states, in words; what none states is left out.

    Args:
        rows: The rows of one picture, as they may be shown.
    """
    found = [(name, tuple(cell(row) or "" for row in rows)) for name, cell in _CELLS.items()]
    return [(name, cells) for name, cells in found if any(cells)]


@dataclass(frozen=True, slots=True)
class Beside:
    """One column in words, of a picture and its copies.

    Attributes:
        name: The column.
        cells: Its cell for each picture.
        differs: Whether one that states it differs from the picture itself.
    """

    name: str
    cells: tuple[str, ...]
    differs: tuple[bool, ...]


def beside(pictures: Sequence[Picture]) -> list[Beside]:
    """Return what a picture and its copies state, side by side.

    Args:
        pictures: The picture, then its copies.
    """
    return [
        Beside(name, cells, tuple(bool(cell and cells[0] and cell != cells[0]) for cell in cells))
        for name, cells in statements([picture.first for picture in pictures])
        if name not in _OF_FILES
    ]


_OF_FILES = ("copy of", "first seen", "last changed")  # what no copy is to agree in
