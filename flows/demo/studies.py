"""The CT study and the volumes: files as a hospital and a segmentation project publish them."""

from functools import cache

import numpy as np

from flows.demo import copies
from flows.demo.ct import ct_volume
from flows.demo.radiograph import radiograph


@cache
def series() -> dict[str, bytes]:
    """Write the CT study: the localizer, 16 slices in no order, and a blank one."""
    volume = ct_volume(421, slices=16, size=256)
    scout = radiograph(421, size=(256, 256), view="AP").astype(np.int16) * 5 - 900
    order = np.random.default_rng(421).permutation(16)
    slices = [(1, 1, 0.0, scout)]
    slices += [(2, 16 - int(k), -12.0 * int(k), volume[k]) for k in order]
    slices.append((2, 17, -200.0, np.full_like(scout, -1024)))
    return {
        f"case-01/IM{n:06}": copies.encode_dicom(
            (hounsfield + 1024).astype(np.int16), series=series, instance=instance, z_mm=z
        )
        for n, (series, instance, z, hounsfield) in enumerate(slices)
    }


def volumes() -> dict[str, bytes]:
    """Write the volumes: one that is here, and Git LFS pointers to two that are not."""
    volume = ct_volume(527, slices=24, size=96)
    return {
        "dataset/val_im.nii.gz": copies.encode_nifti(volume, spacing_mm=3.75),
        "dataset/tr_im.nii": copies.lfs_pointer(volume.tobytes()),
        "dataset/tr_mask.nii": copies.lfs_pointer((volume < -300).tobytes()),
        ".gitattributes": b"*.nii filter=lfs diff=lfs merge=lfs -text\n",
    }
