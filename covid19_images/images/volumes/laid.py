"""Where the samples of slices are: in memory, on disk where they are many, nowhere beyond that."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from covid19_images.images.formats.picture import Limits, Samples
from covid19_images.images.formats.spool import Spool, SpoolFullError
from covid19_images.images.volumes.slices import Slice


class Laid:
    """The slices of one series."""

    def __init__(self, limits: Limits) -> None:
        """Begin with none.

        Args:
            limits: How many samples stay in memory, and how many bytes are laid on disk.
        """
        self._most = limits.max_samples
        # Twice: each slice as it comes, and once more in its place.
        self._spool = Spool(2 * limits.max_spooled_bytes)
        self._most_bytes = limits.max_spooled_bytes
        self._samples = self._bytes = 0
        self._is_full = False

    @property
    def is_large(self) -> bool:
        """Return whether there are more samples than stay in memory."""
        return self._samples > self._most

    @property
    def _is_too_large(self) -> bool:
        return self.is_large and (self._is_full or self._bytes > self._most_bytes)

    def with_more(self, before: list[Slice], some: Sequence[Slice]) -> list[Slice]:
        """Return slices with others behind them, laid where there is room for all.

        Args:
            before: Those that were laid so far.
            some: Others, in memory.
        """
        was_large, was_too_large = self.is_large, self._is_too_large
        self._samples += sum(one.samples.size for one in some)
        self._bytes += sum(one.samples.nbytes for one in some)
        if self.is_large and not self._is_too_large:
            try:
                known = before if was_large else [self._on_disk(one) for one in before]
                return [*known, *(self._on_disk(one) for one in some)]
            except SpoolFullError:
                self._is_full = True
        if self._is_too_large:
            return [*(before if was_too_large else map(_light, before)), *map(_light, some)]
        return [*before, *some]

    def _on_disk(self, one: Slice) -> Slice:
        samples = self._spool.array(one.samples.shape, one.samples.dtype)
        samples[:] = one.samples
        return replace(one, samples=samples)

    def voxels(self, ordered: Sequence[Slice]) -> tuple[Samples | None, float, float]:
        """Return the voxels of slices in their order, and the rescale that all of them have.

        Args:
            ordered: The slices of one volume.

        Returns:
            Voxels in the order columns, rows, slices, `None` where they are nowhere; slope; and
            intercept.
        """
        if self._is_too_large:
            return None, 1.0, 0.0
        rescales = {(one.slope, one.intercept) for one in ordered}
        is_one = len(rescales) == 1
        kind = np.result_type(*{one.samples.dtype for one in ordered}) if is_one else np.float32
        try:
            stacked = self._empty((len(ordered), *ordered[0].samples.shape), kind)
        except SpoolFullError:
            return None, 1.0, 0.0
        for plane, one in zip(stacked, ordered, strict=True):
            plane[:] = one.samples if is_one else _rescaled(one)
        return stacked.T, *(rescales.pop() if is_one else (1.0, 0.0))

    def _empty(self, shape: tuple[int, ...], kind: np.dtype[np.generic] | type) -> Samples:
        return self._spool.array(shape, kind) if self.is_large else np.empty(shape, kind)


def _light(one: Slice) -> Slice:
    """Return a slice without its samples, but with their size."""
    return replace(one, samples=np.broadcast_to(np.uint8(0), one.samples.shape))


def _rescaled(one: Slice) -> Samples:
    with np.errstate(all="ignore"):  # a hostile slope gives infinite values
        return (one.samples.astype(np.float64) * one.slope + one.intercept).astype(np.float32)
