"""Arrays on disk in place of memory: of volumes that are larger than what is decoded in memory."""

import math
import os
import tempfile

import numpy as np
from numpy.typing import DTypeLike, NDArray

from covid19_images.images.formats.picture import UnreadableError

_BLOCK_BYTES = 64 * 2**20  # of one file, which small arrays share; the first files are smaller
_ALIGNED_BYTES = 64


class SpoolFullError(UnreadableError):
    """Raised for an array that does not fit any more."""


class Spool:
    """Make arrays in files without a name, which are gone with the last array in them."""

    def __init__(self, most_bytes: int) -> None:
        """Begin with nothing on disk.

        Args:
            most_bytes: Of all arrays.
        """
        self._left_bytes = most_bytes
        self._laid_bytes = 0
        self._block = np.empty(0, np.uint8)
        self._used = 0

    def array(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[np.generic]:
        """Return an array of zeros that is on disk.

        Raises:
            SpoolFullError: All arrays would be larger than the bound, or than the disk.
        """
        kind = np.dtype(dtype)
        size = math.prod(shape) * kind.itemsize
        if size > self._left_bytes:
            raise SpoolFullError(f"{size:,} bytes of voxels are more than is laid on disk")
        self._left_bytes -= size
        start = -(-self._used // _ALIGNED_BYTES) * _ALIGNED_BYTES
        if start + size > len(self._block):
            self._block, start = _file(max(size, min(_BLOCK_BYTES, self._laid_bytes))), 0
            self._laid_bytes += len(self._block)
        self._used = start + size
        return self._block[start : start + size].view(kind).reshape(shape)


def _file(size: int) -> NDArray[np.uint8]:
    """Return a file of zeros as an array; shared, so that it counts as no memory of ours."""
    try:
        with tempfile.TemporaryFile() as file:
            if allocate := getattr(os, "posix_fallocate", None):  # not on macOS and Windows
                allocate(file.fileno(), 0, max(size, 1))  # else a full disk is a signal
            return np.memmap(file, np.uint8, "w+", shape=(max(size, 1),))
    except OSError as error:
        why = f"{size:,} bytes of voxels cannot be laid on disk ({error.strerror})"
        raise SpoolFullError(why) from None
