"""Read files of masks in a child process."""

from collections.abc import Sequence
from pathlib import Path

from covid19_images.images.formats.picture import Limits
from covid19_images.images.refused import Refused
from covid19_images.images.volumes.mask import MaskFile, read_mask
from flows.decoding.result import LfsPointer, lfs_pointer
from flows.sandbox.processes import start_item_timer
from flows.upstream import blobs

MaskResult = MaskFile | Refused | LfsPointer


def mask_batch(batch: Sequence[str], clone: Path, limits: Limits) -> dict[str, MaskResult]:
    """Read a few files of masks of one clone.

    Args:
        batch: Their blobs.
        clone: The bare clone; it holds them.
        limits: What is too large.
    """
    found: dict[str, MaskResult] = {}
    for blob, content in blobs.read(clone, batch, max_bytes=limits.max_bytes):
        start_item_timer()
        if isinstance(content, Refused):
            found[blob] = content
        else:
            found[blob] = lfs_pointer(content) or read_mask(content, limits=limits)
    return found
