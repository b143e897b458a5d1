"""The CT study, the volumes and their masks, as a hospital and a segmentation project publish."""

from functools import cache

import numpy as np

from flows.demo import copies
from flows.demo.ct import ct_volume, lung_mask
from flows.demo.radiograph import radiograph

_BODY, _SLICES, _SIZE, _STEP_MM = 421, 16, 256, 12.0


@cache
def series() -> dict[str, bytes]:
    """Write the CT study: the localizer, 16 slices in no order, and a blank one below them."""
    volume = ct_volume(_BODY, slices=_SLICES, size=_SIZE)
    scout = radiograph(_BODY, size=(_SIZE, _SIZE), view="AP").astype(np.int16) * 5 - 900
    order = np.random.default_rng(_BODY).permutation(_SLICES)
    slices = [(1, 1, 0.0, scout)]
    slices += [(2, _SLICES - int(k), -_STEP_MM * int(k), volume[k]) for k in order]
    slices.append((2, _SLICES + 1, -_STEP_MM * _SLICES, np.full_like(scout, -1024)))
    return {
        f"case-01/IM{n:06}": copies.encode_dicom(
            (hounsfield + 1024).astype(np.int16), series=series, instance=instance, z_mm=z
        )
        for n, (series, instance, z, hounsfield) in enumerate(slices)
    }


def series_mask() -> dict[str, bytes]:
    """Write the lungs of the CT study: NIfTI that lies where the DICOM slices do."""
    lungs = lung_mask(_BODY, slices=_SLICES, size=_SIZE)
    with_blank = np.concatenate([lungs, np.zeros_like(lungs[:1])])
    spacing = 360 / _SIZE, _STEP_MM
    first = 180.0, 180.0, -_STEP_MM * _SLICES
    packed = copies.encode_nifti(with_blank, spacing_mm=spacing, first_mm=first)
    return {"masks/case-01.nii.gz": packed}


def volumes() -> dict[str, bytes]:
    """Write the volumes: one that is here, and Git LFS pointers to another and to its mask."""
    volume = ct_volume(527, slices=24, size=96)
    return {
        "dataset/val_im.nii.gz": copies.encode_nifti(volume, spacing_mm=(3.75, 10.0)),
        "dataset/tr_im.nii": copies.lfs_pointer(volume.tobytes()),
        "dataset/tr_mask.nii": copies.lfs_pointer((volume < -300).tobytes()),
        ".gitattributes": b"*.nii filter=lfs diff=lfs merge=lfs -text\n",
    }


def volume_mask() -> dict[str, bytes]:
    """Write the lungs of the volume that is here, on its grid."""
    lungs = lung_mask(527, slices=24, size=96)
    return {"dataset/val_mask.nii.gz": copies.encode_nifti(lungs, spacing_mm=(3.75, 10.0))}
