"""The files of a release that are about volumes and masks."""

from covid19_images.manifest import offered_mask
from covid19_images.manifest.mask import MaskRow

VOLUME_TABLE, SLICE_TABLE, MASK_TABLE = "volumes.csv", "slices.csv", "masks.csv"
PAIR_TABLE, OFFERED_TABLE = "volume_pairs.csv", offered_mask.FILE
MASKS = "masks.tar"
"""Holds the files of masks; each release has it whole, because masks are small."""

FILES = (VOLUME_TABLE, SLICE_TABLE, PAIR_TABLE, MASK_TABLE, OFFERED_TABLE, MASKS)


def mask_member(mask: MaskRow) -> str:
    """Return the name of a mask's file in `masks.tar`.

    >>> mask_member(MaskRow(source="a", path="b.png", blob="0f" * 20, media_type="image/png"))
    'mask-0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f.png'
    """
    ending = "nii.gz" if mask.media_type == "application/x-nifti" else "png"
    return f"mask-{mask.blob}.{ending}"
