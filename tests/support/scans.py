"""Synthetic CT series with their lungs outlined, as a release holds them."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from covid19_images.images.volumes.read import read
from covid19_images.images.volumes.rows import slice_rows, volume_row
from covid19_images.manifest import mask, volume
from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.record import Record
from covid19_images.release.volumes import MASK_TABLE, MASKS, SLICE_TABLE, VOLUME_TABLE, mask_member
from flows.demo.ct import ct_volume, lung_mask
from tests.covid19_images.download.copies import record, tar
from tests.covid19_images.images.volumes.series import nifti, series

_SOURCE = "scans"
_SLICES, _SIZE = 16, 48
_STEP_MM, _PIXEL_MM = 18.0, 7.5


@dataclass
class Scans:
    """What a release holds of some scans.

    Attributes:
        pictures: Their slices: rows and files.
        tables: The small files of the release that are about volumes and masks.
    """

    pictures: list[tuple[Record, bytes]] = field(default_factory=list)
    tables: Mapping[str, bytes] = field(default_factory=dict)


def scans(count: int) -> Scans:
    """Draw scans of as many patients; the last two are of the test split.

    Args:
        count: How many.
    """
    made = Scans()
    rows, slices, masks, files = [], [], [], {}
    for number in range(count):
        samples = (ct_volume(number, slices=_SLICES, size=_SIZE, finding=None) + 1024).astype(
            np.int16
        )
        depths = [-_STEP_MM * at for at in range(_SLICES)]  # the first is of the apices
        own = series(samples, depths, PixelSpacing=[_PIXEL_MM] * 2, SliceThickness=_STEP_MM)
        contents = {f"{number}/{name}": content for name, content in own}
        [found] = read(contents.items())
        split = "test" if number >= count - 2 else "train"
        labels = {"modality": "CT", "finding": ("COVID-19",), "licence": "CC-BY-4.0"}
        values = [
            record(path, content, source=_SOURCE, split=split, patient_id=str(number), **labels)
            for path, content in contents.items()
        ]
        made.pictures += zip(values, contents.values(), strict=True)
        blobs = {one.path: one.blob for one in values}
        rows.append(volume_row(found.volume, source=_SOURCE, name=str(number), blobs=blobs))
        slices += slice_rows(found.volume, source=_SOURCE, name=str(number))
        lungs = lung_mask(number, slices=_SLICES, size=_SIZE).T
        assert found.volume.affine is not None
        content = gzip.compress(nifti(lungs, found.volume.affine), mtime=0)
        masks.append(_mask(number, content, rows[-1].affine))
        files[mask_member(masks[-1])] = content
    if not count:
        return made
    made.tables = {
        VOLUME_TABLE: volume.dumps(rows).encode(),
        SLICE_TABLE: volume.dumps_slices(slices).encode(),
        MASK_TABLE: mask.dumps(masks).encode(),
        MASKS: tar(files),
    }
    return made


def _mask(number: int, content: bytes, affine: str | None) -> MaskRow:
    return MaskRow(
        source=_SOURCE,
        path=f"{number}/lungs.nii.gz",
        blob=sha256(content).hexdigest()[:40],
        media_type="application/x-nifti",
        volume=str(number),
        shows=("1=lung",),
        values=("1",),
        made_by="person",
        columns=_SIZE,
        rows=_SIZE,
        slices=_SLICES,
        affine=affine,
        agreement="same_grid",
        licence="CC-BY-4.0",
    )
