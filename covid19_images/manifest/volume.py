"""The tables of volumes: `datasets/volumes.csv`, and `datasets/slices.csv`, which leads to them.

These dataclasses are the one place where their columns are defined. Labels, patients and licences
are not repeated here: they stand in the manifest's rows of a volume's files.
"""

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from covid19_images.manifest import identifiers
from covid19_images.manifest.dataclass_csv import Table

VOLUMES_VERSION = 4
"""Raised when the same files would become other volumes, or when volumes must be compared anew:
then they are read again."""

Units = Literal["HU", "unknown"]
VolumeFinding = Literal[
    "gaps",
    "uneven_spacing",
    "doubled_slices",
    "tilted",
    "one_slice",
    "no_positions",
    "localizer",
    "several_times",
    "unreadable_slices",
    "too_large",
    "not_numbers",
    "forms_differ",
    "to_come",
]
VolumeType = Literal["application/dicom", "application/x-nifti"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeRow:
    """Describe one volume. Columns are explained in docs/volumes.md.

    `None` (or an empty tuple) means not known. The pair (source, volume) is the key; `volume_id`
    names the voxels, whatever their format.
    """

    source: str
    volume: str
    volume_id: str | None = None
    media_type: VolumeType | None = None
    files: int
    files_sha256: str
    columns: int | None = None
    rows: int | None = None
    slices: int | None = None
    spacing_x_mm: float | None = None
    spacing_y_mm: float | None = None
    spacing_z_mm: float | None = None
    affine: str | None = None
    slice_thickness_mm: float | None = None
    kernel: str | None = None
    window_centre: float | None = None
    window_width: float | None = None
    units: Units = "unknown"
    finding: tuple[VolumeFinding, ...] = ()
    gaps: tuple[str, ...] = ()
    missing_slices: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Return what no two volumes have in common."""
        return self.source, self.volume


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceRow:
    """Where a picture, or a frame of it, is in a volume.

    `frame` is empty where the file has one frame or is a volume by itself; `slice` counts from 1,
    and is empty where the frame is left out of the volume, or the file is the whole of it.
    """

    source: str
    path: str
    frame: int | None = None
    volume: str
    slice: int | None = None

    @property
    def image(self) -> str:
        """Return the key of the manifest's row."""
        return f"{self.source}/{self.path}"


_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "volume_id": re.compile(r"c19v-[0-9a-f]{16}"),
    "files_sha256": re.compile(identifiers.SHA256),
    "kernel": re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+/-]{0,31}"),
}
_GAP = re.compile(r"[1-9][0-9]{0,9}\+[1-9][0-9]{0,9}")
_AFFINE = 12  # numbers: three rows of four


def _odd(cells: Mapping[str, object]) -> Iterator[str]:
    yield from identifiers.odd(cells)
    for name, pattern in _PATTERNS.items():
        value = cells.get(name)
        if value is not None and not pattern.fullmatch(str(value)):
            yield name
    if not identifiers.is_path(str(cells["volume"])):
        yield "volume"
    for name, value in cells.items():
        if isinstance(value, int | float) and not _is_measure(name, value):
            yield name


def _is_measure(name: str, value: float) -> bool:
    return math.isfinite(value) and (value >= 0 or name in _BELOW_0)


_BELOW_0 = ("window_centre",)


def _odd_volume(cells: Mapping[str, object]) -> Iterator[str]:
    yield from _odd(cells)
    gaps = cells.get("gaps")
    if isinstance(gaps, tuple) and not all(map(_GAP.fullmatch, gaps)):
        yield "gaps"
    affine = cells.get("affine")
    if affine is not None and not is_affine(str(affine)):
        yield "affine"


def is_affine(text: str) -> bool:
    """Return whether a text is twelve numbers, as an affine is written."""
    return identifiers.is_numbers(text, _AFFINE)


_VOLUMES = Table(VolumeRow, "datasets/volumes.csv", odd=_odd_volume)
_SLICES = Table(SliceRow, "datasets/slices.csv", odd=_odd)
VOLUME_COLUMNS, SLICE_COLUMNS = _VOLUMES.header, _SLICES.header
loads, loads_slices = _VOLUMES.loads, _SLICES.loads


def dumps(rows: Iterable[VolumeRow]) -> str:
    """Write `datasets/volumes.csv`, sorted."""
    return _VOLUMES.dumps(sorted(rows, key=lambda row: row.key))


def dumps_slices(rows: Iterable[SliceRow]) -> str:
    """Write `datasets/slices.csv`, sorted as volumes are read."""

    def order(row: SliceRow) -> tuple[str, str, bool, int, str, int]:
        left_out = row.slice is None
        return row.source, row.volume, left_out, row.slice or 0, row.path, row.frame or 0

    return _SLICES.dumps(sorted(rows, key=order))


def files_sha256(blobs: Mapping[str, str]) -> str:
    """Digest the files that a volume is made of.

    Args:
        blobs: The blob of each, by path.
    """
    listed = "".join(f"{blob} {path}\n" for path, blob in sorted(blobs.items()))
    return hashlib.sha256(listed.encode()).hexdigest()
