"""The table of volumes that are copies: `datasets/volume_pairs.csv`.

This dataclass is the one place where its columns are defined.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from covid19_images.manifest import identifiers
from covid19_images.manifest.dataclass_csv import Table
from covid19_images.manifest.volume import is_affine

VolumeKind = Literal["voxels", "resampled", "windowed", "cropped", "part", "flipped", "slice"]
PairKind = VolumeKind | Literal["unknown"]
Side = Literal["a", "b"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumePairRow:
    """Describe two volumes of one scan, or a volume and a picture of it. See docs/volumes.md.

    `a` is a volume, as `source/volume`; `b` is another one, behind it by name, or the key of a
    picture. `affine` leads from columns, rows and slices of `a` to those of `b`, from 0.
    """

    a: str
    b: str
    b_is: Literal["volume", "picture"] = "volume"
    kind: PairKind
    kept: Side = "a"
    affine: str | None = None
    decided_by: Literal["voxels", "verified", "person"] = "verified"
    date: dt.date | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what no two pairs have in common."""
        return self.a, self.b, self.b_is

    @property
    def sources(self) -> frozenset[str]:
        """Return the names of its sources."""
        return frozenset(key.partition("/")[0] for key in (self.a, self.b))

    @property
    def volumes(self) -> tuple[str, ...]:
        """Return the volumes of it, as `source/volume`."""
        return (self.a, self.b) if self.b_is == "volume" else (self.a,)


def copies(pairs: Iterable[VolumePairRow]) -> dict[str, str]:
    """Return the volumes that a set leaves out, each with one that is kept before it.

    Of volumes that are copies of each other at least one is not among them.

    >>> chain = [VolumePairRow(a=f"s/{n}", b=f"s/{n + 1}", kind="part", kept="b") for n in (1, 2)]
    >>> copies(chain)
    {'s/1': 's/2', 's/2': 's/3'}
    """
    better: dict[str, list[str]] = {}
    for pair in sorted(pairs, key=lambda pair: pair.key):
        if pair.b_is == "volume":
            copy, kept = (pair.b, pair.a) if pair.kept == "a" else (pair.a, pair.b)
            better.setdefault(copy, []).append(kept)
    found: dict[str, str] = {}
    for copy, others in sorted(better.items()):
        if there := [kept for kept in others if kept not in found]:
            found[copy] = there[0]
    return found


def _odd(cells: Mapping[str, object]) -> Iterator[str]:
    yield from identifiers.odd(cells)
    for name in ("a", "b"):
        if not identifiers.is_key(str(cells[name])):
            yield name
    if cells["b_is"] == "volume" and not str(cells["a"]) < str(cells["b"]):
        yield "b"
    affine = cells.get("affine")
    if affine is not None and not is_affine(str(affine)):
        yield "affine"


_PAIRS = Table(VolumePairRow, "datasets/volume_pairs.csv", odd=_odd)
COLUMNS = _PAIRS.header
loads = _PAIRS.loads


def dumps(rows: Iterable[VolumePairRow]) -> str:
    """Write `datasets/volume_pairs.csv`, sorted."""
    return _PAIRS.dumps(sorted(rows, key=lambda row: row.key))
