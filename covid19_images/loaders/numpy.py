"""NumPy: `c19.numpy.arrays("xray", "train")`."""

from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from covid19_images.dataset.select import ModalityName, Options, Selection, select
from covid19_images.download.squares import as_floats
from covid19_images.manifest.record import Record


@dataclass(frozen=True, eq=False)
class Arrays:
    """Pictures and targets; unpacks as `images, targets`.

    Attributes:
        images: uint8, shape (n, size, size); a list of (height, width) where no size is asked for.
        targets: int64, shape (n,); `findings`: float32, shape (n, columns), NaN where not known.
        records: The rows of the manifest, in the same order.
        classes: What the targets' numbers stand for.
    """

    images: NDArray[np.uint8]
    targets: NDArray[Any]
    records: tuple[Record, ...]
    classes: tuple[str, ...]
    description: str

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Any:  # noqa: ANN401  so that `images, targets = …` works
        return iter((self.images, self.targets))

    def floats(self) -> NDArray[np.float32]:
        """Return the pictures as numbers from 0 to 1."""
        return as_floats(self.images)

    def __repr__(self) -> str:
        return f"NumPy arrays: {self.description}"


def arrays(
    modality: ModalityName | str = "all", split: str | None = None, **options: Unpack[Options]
) -> Arrays:
    """Return pictures and targets as arrays.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation` or `test`; all three by default.
        options: See `covid19_images.dataset.select.select`.
    """
    return of(select(modality, split, **options))


def of(chosen: Selection) -> Arrays:
    """Return the arrays of a selection."""
    if chosen.size is None:
        several = [chosen.levels(at) for at in range(len(chosen))]
        images = np.empty(len(several), object)
        images[:] = several
    else:
        images = chosen.batch(range(len(chosen)))
    return Arrays(images, chosen.targets, chosen.records, chosen.label.classes, repr(chosen))
