"""Sort a source's pictures into those that may be one volume."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from covid19_images.manifest.record import Record

_FLAT = ("CR", "DX", "XR")
_NIFTI_ENDINGS = (".nii", ".nii.gz")
# Rows of which a column says one of these; all others are of no volume.
MAY_BE_OF_VOLUME = {
    "status": ("pointer",),
    "media_type": ("application/x-nifti", "application/dicom"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures that may be one volume, or several.

    Attributes:
        name: What their volume is called: the series, or the path of a file that is one.
        rows: They, by path.
    """

    name: str
    rows: tuple[Record, ...]

    @property
    def blobs(self) -> dict[str, str]:
        """Return the blob of each path."""
        return {row.path: row.blob for row in self.rows}

    @property
    def is_to_come(self) -> bool:
        """Return whether its file is not here: a Git LFS pointer."""
        return self.rows[0].status == "pointer"


def may_be_of_volume(row: Record) -> bool:
    """Return whether a picture may be a volume or a slice of one, by what the manifest says."""
    if row.status == "pointer":
        return row.modality not in _FLAT and row.path.lower().endswith(_NIFTI_ENDINGS)
    if row.status in ("refused", "withdrawn") or row.modality in _FLAT:
        return False
    if row.media_type == "application/x-nifti":
        return True
    return row.media_type == "application/dicom" and (bool(row.series_id) or _is_many(row))


def _is_many(row: Record) -> bool:
    return (row.frames or 1) > 1


def groups(rows: Iterable[Record]) -> list[Group]:
    """Return the pictures of each series, and the files that are volumes by themselves.

    Args:
        rows: Those of one source.
    """
    alone: list[Record] = []
    series: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.path):
        if not may_be_of_volume(row):
            continue
        if row.media_type == "application/dicom" and row.series_id:
            series[row.series_id, row.patient_id or ""].append(row)
        else:
            alone.append(row)
    found = [Group(name, tuple(some)) for (name, _), some in sorted(series.items())]
    return [*found, *(Group(row.path, (row,)) for row in alone)]


def named(groups: Sequence[tuple[str, int]]) -> list[list[str]]:
    """Return the names of the volumes of each group: its own, with a number from the second on.

    Args:
        groups: The name of each group, and how many volumes it has.

    >>> named([("s", 2), ("s", 1), ("t.nii", 1)])
    [['s', 's-2'], ['s-3'], ['t.nii']]
    """
    seen: dict[str, int] = defaultdict(int)
    found = []
    for name, count in groups:
        numbers = range(seen[name] + 1, seen[name] + count + 1)
        seen[name] += count
        found.append([name if number == 1 else f"{name}-{number}" for number in numbers])
    return found
