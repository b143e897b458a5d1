"""The volumes and masks of a local copy: put together from its slices, in their own units."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from covid19_images.download.copy import LocalCopy, LocalCopyError
from covid19_images.images import decode
from covid19_images.images.formats import nifti
from covid19_images.images.formats.picture import STANDARD
from covid19_images.images.refused import Refused
from covid19_images.images.volumes.identity import volume_id
from covid19_images.images.volumes.read import read
from covid19_images.images.volumes.rows import read_affine
from covid19_images.images.volumes.volume import Affine
from covid19_images.manifest import mask as masks_of
from covid19_images.manifest import volume as volumes_of
from covid19_images.manifest import volume_pair
from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.record import Record
from covid19_images.manifest.volume import SliceRow, VolumeRow
from covid19_images.manifest.volume_pair import VolumePairRow
from covid19_images.release.volumes import (
    MASK_TABLE,
    PAIR_TABLE,
    SLICE_TABLE,
    VOLUME_TABLE,
    mask_member,
)

Values = NDArray[np.float32]
Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class LocalVolume:
    """A volume of a copy.

    Attributes:
        row: Its row of `volumes.csv`.
        slices: Its pictures, in their order; those that are left out of it are not there.
        records: Their rows of the manifest, in the same order.
        masks: Its masks, of which the copy has the files.
        copy_of: Another volume of the release, `source/volume`, that a set keeps in its place.
    """

    row: VolumeRow
    slices: tuple[SliceRow, ...]
    records: tuple[Record, ...]
    masks: tuple[MaskRow, ...]
    copy_of: str | None = None

    @property
    def affine(self) -> Affine | None:
        """Return the way from column, row and slice to mm in RAS+; `None` where it is unknown."""
        return None if self.row.affine is None else read_affine(self.row.affine)

    @property
    def size(self) -> tuple[int, int, int]:
        """Return how many columns, rows and slices it has."""
        return self.row.columns or 1, self.row.rows or 1, self.row.slices or 1

    @property
    def name(self) -> str:
        """Return `source/volume`."""
        return f"{self.row.source}/{self.row.volume}"


def masks(copy: LocalCopy) -> list[MaskRow]:
    """List the masks that the release of a copy names."""
    return _table(copy, MASK_TABLE, masks_of.loads)


def pairs(copy: LocalCopy) -> list[VolumePairRow]:
    """List the copies among volumes that the release of a copy names."""
    return _table(copy, PAIR_TABLE, volume_pair.loads)


def volumes(copy: LocalCopy) -> list[LocalVolume]:
    """List the volumes whose pictures a copy holds."""
    slices: dict[tuple[str, str], list[SliceRow]] = defaultdict(list)
    for one in _table(copy, SLICE_TABLE, volumes_of.loads_slices):
        slices[one.source, one.volume].append(one)
    outlines: dict[tuple[str, str | None], list[MaskRow]] = defaultdict(list)
    held = copy.mask_names()
    for mask_row in masks(copy):
        if mask_member(mask_row) not in held:
            continue  # its licence does not let us ship it: a mask of zeros would be a lie
        outlines[mask_row.source, mask_row.volume].append(mask_row)
    records = {record.key: record for record in copy.records}
    copies = volume_pair.copies(pairs(copy))
    found = []
    for row in _table(copy, VOLUME_TABLE, volumes_of.loads):
        own = _in_order(row, slices[row.key])
        pictures = [records[one.image] for one in own if one.image in records]
        if own and len(pictures) == len(own) and all(map(copy.holds, pictures)):
            outlined = tuple(outlines[row.source, row.volume])
            copied = copies.get("/".join(row.key))
            found.append(LocalVolume(row, tuple(own), tuple(pictures), outlined, copied))
    return found


def _in_order(row: VolumeRow, slices: Sequence[SliceRow]) -> list[SliceRow]:
    if row.media_type == "application/x-nifti":
        return list(slices)
    return sorted((one for one in slices if one.slice), key=lambda one: one.slice or 0)


def _table(copy: LocalCopy, name: str, loads: Callable[[str], list[Line]]) -> list[Line]:
    """Read a table; empty where the release has none."""
    text = copy.table(name)
    try:
        return loads(text) if text else []
    except ValueError as error:
        raise LocalCopyError(f"{copy.folder / name} cannot be read: {error}") from None


def values(
    copy: LocalCopy, volume: LocalVolume, *, between: tuple[int, int] | None = None
) -> Values:
    """Return a volume's values in its units, in the order columns, rows, slices.

    Args:
        copy: The copy.
        volume: One of its volumes.
        between: The first slice that is needed, from 0, and the one after the last; all by
            default. Of slices in shards no others are read, and the id of all is not compared.

    Raises:
        LocalCopyError: The copy does not hold all of it, or Hounsfield units are not those that
            the volume's id was made of.
    """
    part = slice(*between) if between else slice(None)
    found = _of_shards(copy, volume, part)
    if found is None:
        found = _of_files(copy, volume)[:, :, part]
    is_whole = found.shape[2] == volume.row.slices
    if (
        is_whole
        and volume.row.units == "HU"
        and volume_id(found, volume.affine) != volume.row.volume_id
    ):
        raise LocalCopyError(
            f"{volume.name}: the values are not those that {volume.row.volume_id} names. Run "
            f"`covid19-images verify {copy.folder}` to see what is broken."
        )
    return found


def frames(volume: LocalVolume) -> list[tuple[Record, int | None]]:
    """List what a volume is made of, in its order: pictures, each with which frame of it."""
    if volume.row.media_type == "application/x-nifti":
        return [(volume.records[0], frame) for frame in range(volume.row.slices or 1)]
    return [(r, one.frame) for r, one in zip(volume.records, volume.slices, strict=True)]


def _of_shards(copy: LocalCopy, volume: LocalVolume, part: slice) -> Values | None:
    planes, own = [], frames(volume)[part]
    whole = volume.row.media_type == "application/x-nifti"
    copy.slices_ahead(own)
    for record, frame in own:
        facts = copy.facts(record, frame=frame)
        content = copy.encoded(record, frame=frame)
        if facts is None or content is None:
            return None
        planes.append(_plane(content, facts, volume.name))
    stacked = np.stack(planes).T
    return _as_stored(stacked, volume.affine) if whole else stacked


def _plane(content: bytes, facts: dict[str, Any], name: str) -> Values:
    picture = decode.read(content)
    if isinstance(picture, Refused):
        raise LocalCopyError(f"{name}: one of its slices cannot be read: {picture.reason}.")
    step, offset = facts.get("value_step", 1.0), facts.get("value_offset", 0.0)
    slope, intercept = facts.get("rescale_slope", 1.0), facts.get("rescale_intercept", 0.0)
    samples = picture.samples[0].astype(np.float64) * step + offset
    return np.asarray(samples * slope + intercept, np.float32)


def _as_stored(shown: Values, affine: Affine | None) -> Values:
    """Undo what lays a NIfTI file's slices as DICOM lays axial ones."""
    if affine is None:
        return shown
    along_columns, along_rows, _ = nib.aff2axcodes(affine)  # type: ignore[no-untyped-call]
    if along_columns not in ("L", "R") or along_rows not in ("A", "P"):
        return shown
    columns = slice(None, None, -1 if along_columns == "R" else 1)
    rows = slice(None, None, -1 if along_rows == "A" else 1)
    return shown[columns, rows]


def _of_files(copy: LocalCopy, volume: LocalVolume) -> Values:
    """Read a volume out of the files that its owner has."""
    unique = {record.key: record for record in volume.records}
    contents = [(key, copy.encoded(record)) for key, record in unique.items()]
    there = [(key, content) for key, content in contents if content is not None]
    if len(there) == len(contents):
        for found in read(there):
            if found.volume.volume_id == volume.row.volume_id and found.voxels is not None:
                return found.values()
    if copy.is_streamed:
        raise LocalCopyError(
            f"{volume.name} cannot be streamed: release {copy.version} does not say where the "
            "scale of its slices is. Download it: `covid19-images download`."
        )
    raise LocalCopyError(
        f"{volume.name}: this copy has no slices with their values, as squares have none. Run "
        f"`covid19-images download {copy.folder}` without a size."
    )


def mask(copy: LocalCopy, row: MaskRow) -> tuple[NDArray[Any], Affine | None] | None:
    """Return the values of a mask and where they are; `None` where the release has no file of it.

    Args:
        copy: The copy.
        row: One of its masks.

    Returns:
        Whole numbers, in the order columns, rows, slices; and the affine of a NIfTI file.
    """
    content = copy.mask(mask_member(row))
    if content is None:
        return None
    if row.media_type == "application/x-nifti":
        header, samples = nifti.stored(content, STANDARD)
        return samples.T, nifti.affine_of(header)
    picture = decode.read(content)
    if isinstance(picture, Refused):
        raise LocalCopyError(f"{row.source}/{row.path}: {picture.reason}.")
    return picture.samples.T, None
