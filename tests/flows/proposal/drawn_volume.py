"""A volume with a mask, drawn, as a proposal shows it."""

import io

import numpy as np
from PIL import Image

from covid19_images.images.volumes import strips
from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.volume import VolumeRow
from flows.decoding.strips import Drawn, Plane
from flows.proposal.pictures import PlanePictures, Thumbnail, VolumePictures
from flows.proposal.volumes import NewVolume

AFFINE = np.diag([1.5, 1.5, 3, 1])
ROW = VolumeRow(
    source="journal",
    volume="scans/a.nii.gz",
    volume_id="c19v-0123456789abcdef",
    media_type="application/x-nifti",
    files=1,
    files_sha256="3" * 64,
    columns=24,
    rows=24,
    slices=12,
    spacing_x_mm=1.5,
    spacing_y_mm=1.5,
    spacing_z_mm=3.0,
    units="HU",
    finding=("gaps",),
    gaps=("3+2",),
    missing_slices=2,
)
MASK = MaskRow(
    source="journal",
    path="masks/a.nii.gz",
    blob="4" * 40,
    volume=ROW.volume,
    shows=("1=lung", "2=ground glass"),
    values=("1", "2"),
    made_by="person",
    agreement="same_grid",
)
OTHER = MaskRow(
    source="journal",
    path="masks/b.nii.gz",
    blob="5" * 40,
    volume=ROW.volume,
    shows=("*=heart",),
    values=("1",),
    made_by="model",
    agreement="affine",
)
NEW = NewVolume(ROW, (MASK, OTHER))


def drawn() -> Drawn:
    """Draw it."""
    values = np.random.default_rng(5).integers(-1000, 300, (24, 24, 12)).astype(np.float32)
    mask = np.zeros(values.shape, np.uint8)
    mask[4:12, 4:20, 2:10] = 1
    mask[12:20, 4:20, 2:10] = 2
    made = strips.strips(values, AFFINE, is_hounsfield=True)
    outlined = strips.outlines(mask, AFFINE, [1, 2])
    planes = [Plane(a, strips.coloured(a, [b])) for a, b in zip(made, outlined, strict=True)]
    return Drawn(tuple(planes), (MASK,))


def pictures() -> VolumePictures:
    """Return it as a proposal has it."""
    made = drawn()
    planes = []
    for plane in made.planes:
        webp = plane.webp()
        with Image.open(io.BytesIO(webp)) as picture:
            strip = Thumbnail(webp, *picture.size)
        planes.append(
            PlanePictures(plane.strip.axis, plane.strip.numbers, plane.strip.count, strip)
        )
    return VolumePictures(tuple(planes), (MASK.path,))
