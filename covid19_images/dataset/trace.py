"""From what a loader gives back to the repository of its owner: an image, a volume, or a mask."""

from pathlib import Path
from typing import overload

from covid19_images.dataset.obtain import obtain
from covid19_images.dataset.provenance import Provenance, proof_of, row_of, traced
from covid19_images.dataset.volume_provenance import (
    MaskProvenance,
    VolumeProvenance,
    of_mask,
    of_volume,
)
from covid19_images.download import volumes as local
from covid19_images.download.copy import LocalCopy
from covid19_images.download.volumes import LocalVolume
from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.record import Record

Found = Provenance | VolumeProvenance | MaskProvenance


@overload
def provenance(image: Record, *, root: Path | str | None = None) -> Provenance: ...
@overload
def provenance(image: LocalVolume, *, root: Path | str | None = None) -> VolumeProvenance: ...
@overload
def provenance(image: MaskRow, *, root: Path | str | None = None) -> MaskProvenance: ...
@overload
def provenance(image: str, *, root: Path | str | None = None) -> Found: ...


def provenance(
    image: Record | LocalVolume | MaskRow | str, *, root: Path | str | None = None
) -> Found:
    """Return where an image, a volume or a mask comes from.

    Args:
        image: A row of a selection (`selection.records[i]`), one of its `volumes` or `masks`, a
            key `source/path` or `source/volume`, or an id; of several rows with an image's id, the
            one that others are copies of.
        root: Folder of the local copy, as everywhere.

    Raises:
        LocalCopyError: The copy has nothing of that name, or is not what was signed.
    """
    copy = obtain(root)
    if isinstance(image, LocalVolume):
        return of_volume(copy, image)
    if isinstance(image, MaskRow):
        return of_mask(copy, image)
    if isinstance(image, Record):
        return traced(copy, row_of(copy, image.key), proof_of(copy))
    other = None if image in copy.rows else _of_name(copy, image)
    return other or traced(copy, row_of(copy, image), proof_of(copy))


def _of_name(copy: LocalCopy, name: str) -> VolumeProvenance | MaskProvenance | None:
    """Return where the volume or the mask of that name comes from; `None` where there is none."""
    for volume in local.volumes(copy):
        if name in (volume.name, volume.row.volume_id):
            return of_volume(copy, volume)
    masks = (row for row in local.masks(copy) if name == "/".join(row.key))
    return next((of_mask(copy, row) for row in masks), None)
