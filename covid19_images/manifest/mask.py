"""The table of masks, `datasets/masks.csv`: which file outlines what in which picture or volume.

This dataclass is the one place where its columns are defined.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from covid19_images.manifest import identifiers
from covid19_images.manifest.dataclass_csv import Table
from covid19_images.manifest.record import MediaType
from covid19_images.manifest.volume import is_affine

MaskStatus = Literal["active", "pointer", "refused"]
Maker = Literal["person", "model", "unknown"]
Agreement = Literal["same_grid", "same_size", "affine", "other_size", "unknown", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRow:
    """Describe one file of masks. Columns are explained in docs/volumes.md.

    `None` (or an empty tuple) means not known. The pair (source, path) is the key. `picture` and
    `volume` name what it belongs to, within the same source; at most one of them is there.
    """

    source: str
    path: str
    blob: str
    status: MaskStatus = "active"
    status_reason: str | None = None
    media_type: MediaType | None = None
    picture: str | None = None
    volume: str | None = None
    shows: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    made_by: Maker = "unknown"
    columns: int | None = None
    rows: int | None = None
    slices: int | None = None
    affine: str | None = None
    agreement: Agreement = "unknown"
    licence: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Return what no two masks have in common."""
        return self.source, self.path

    @property
    def classes(self) -> frozenset[str]:
        """Return what it outlines, as `lung`."""
        return frozenset(word.partition("=")[2] for word in self.shows)

    def values_of(self, name: str) -> tuple[str, ...]:
        """Return the values that mean a class; `*` is every value but 0.

        >>> mask = MaskRow(source="a", path="b.nii", blob="0f" * 20, shows=("1=lung", "2=lung"))
        >>> mask.values_of("lung"), mask.values_of("heart")
        (('1', '2'), ())
        """
        words = (word.partition("=") for word in self.shows)
        return tuple(value for value, _, shown in words if shown == name)


_SHOWS = re.compile(r"(\*|-?\d{1,9})=[A-Za-z][A-Za-z0-9 ,.()-]{0,99}")
_VALUE = re.compile(r"-?\d{1,9}")


def _odd(cells: Mapping[str, object]) -> Iterator[str]:
    yield from identifiers.odd(cells)
    for name in ("picture", "volume"):
        value = cells.get(name)
        if value is not None and not identifiers.is_path(str(value)):
            yield name
    for name, pattern in (("shows", _SHOWS), ("values", _VALUE)):
        words = cells.get(name)
        if isinstance(words, tuple) and not all(map(pattern.fullmatch, words)):
            yield name
    affine = cells.get("affine")
    if affine is not None and not is_affine(str(affine)):
        yield "affine"
    if cells.get("picture") and cells.get("volume"):
        yield "volume"


_MASKS = Table(MaskRow, "datasets/masks.csv", odd=_odd)
COLUMNS = _MASKS.header
loads = _MASKS.loads


def dumps(rows: Iterable[MaskRow]) -> str:
    """Write `datasets/masks.csv`, sorted."""
    return _MASKS.dumps(sorted(rows, key=lambda row: row.key))
