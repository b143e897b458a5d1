"""The table of masks that are offered to other pictures than their own: `offered_masks.csv`.

This dataclass is the one place where its columns are defined.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from covid19_images.manifest import identifiers
from covid19_images.manifest.dataclass_csv import Table
from covid19_images.manifest.record import DuplicateKind

FILE = "offered_masks.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedMaskRow:
    """Describe a mask of a copy, as it lies in the picture that it is a copy of.

    Nobody drew it on that picture: it follows from the mask and from how both pictures lie in each
    other. Columns are explained in docs/volumes.md. `source` and `path` are the mask's, in
    `masks.csv`; `picture` and `of` are keys of pictures, `source/path`.
    """

    picture: str
    source: str
    path: str
    of: str
    kind: DuplicateKind
    affine: str
    decided_by: Literal["bytes", "pixels", "verified", "person"] = "verified"

    @property
    def mask(self) -> tuple[str, str]:
        """Return the key of the mask."""
        return self.source, self.path

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what no two rows have in common."""
        return self.picture, self.source, self.path

    @property
    def numbers(self) -> tuple[float, ...]:
        """Return `affine` as numbers, row by row, 2 × 3."""
        return tuple(float(word) for word in self.affine.split(" "))


def _odd(cells: Mapping[str, object]) -> Iterator[str]:
    yield from identifiers.odd(cells)
    for name in ("picture", "of"):
        if not identifiers.is_key(str(cells[name])):
            yield name
    if not identifiers.is_numbers(str(cells["affine"]), 6):
        yield "affine"


_TABLE = Table(OfferedMaskRow, FILE, odd=_odd)
COLUMNS = _TABLE.header
loads = _TABLE.loads


def dumps(rows: Iterable[OfferedMaskRow]) -> str:
    """Write `offered_masks.csv`, sorted."""
    return _TABLE.dumps(sorted(rows, key=lambda row: row.key))
