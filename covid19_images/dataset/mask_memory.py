"""The masks of the volumes that were asked for last, so that not every patch decodes a file."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 256 * 2**20
"""Of all masks that are remembered: some 25 of 512 x 512 x 300 voxels, a bit for each."""


@dataclass(frozen=True, slots=True)
class Bits:
    """A mask, a bit for each voxel.

    Attributes:
        size: How many voxels along each axis; the last is that of slices.
        packed: Of each slice.
    """

    size: tuple[int, int, int]
    packed: NDArray[np.uint8]

    @classmethod
    def of(cls, mask: NDArray[np.uint8]) -> "Bits":
        """Pack a mask of 0 and 1."""
        columns, rows, slices = mask.shape
        packed = [np.packbits(mask[..., at]) for at in range(slices)]
        return cls((columns, rows, slices), np.stack(packed))

    def slices(self, first: int, end: int) -> NDArray[np.uint8]:
        """Return some slices as 0 and 1, from the first to before the end."""
        columns, rows, _ = self.size
        flat = np.unpackbits(self.packed[first:end], axis=1, count=columns * rows)
        return np.moveaxis(flat.reshape(-1, columns, rows), 0, 2)


class MaskMemory:
    """Masks by their names; those that were asked for longest ago are forgotten first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """Remember none yet.

        Args:
            most_bytes: Of all; the last one is kept in any case.
        """
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[str, str], Bits] = OrderedDict()
        self._bytes = 0

    def get(self, key: tuple[str, str], make: Callable[[], NDArray[np.uint8]]) -> Bits:
        """Return a mask.

        Args:
            key: Its volume and its class.
            make: Decodes it, where it is not remembered.
        """
        found = self._kept.pop(key, None)
        if found is None:
            found = Bits.of(make())
            self._bytes += found.packed.nbytes
        self._kept[key] = found
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.packed.nbytes
        return found

    def __reduce__(self) -> tuple[type["MaskMemory"], tuple[int]]:
        """Start anew in another process: it decodes what it needs."""
        return MaskMemory, (self._most_bytes,)
