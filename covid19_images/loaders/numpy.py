"""NumPy: `c19.numpy.arrays("xray", "train")`."""

from dataclasses import dataclass, replace
from typing import Any, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from covid19_images.dataset.options import ModalityName, Options, Split
from covid19_images.dataset.select import select
from covid19_images.dataset.selection import Selection
from covid19_images.dataset.volume_options import VolumeOptions, select_volumes
from covid19_images.dataset.volumes import VolumeSelection
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
        description: What was chosen, and what was left out.
        frame: The same rows as a table.
    """

    images: NDArray[np.uint8]
    targets: NDArray[Any]
    records: tuple[Record, ...]
    classes: tuple[str, ...]
    description: str
    frame: pd.DataFrame

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Any:  # noqa: ANN401  so that `images, targets = …` works
        return iter((self.images, self.targets))

    @property
    def class_to_idx(self) -> dict[str, int]:
        """Return the number of each class, as torchvision names it."""
        return {name: at for at, name in enumerate(self.classes)}

    def __getitem__(self, index: slice) -> "Arrays":
        part = replace(self, images=self.images[index], targets=self.targets[index])
        return replace(part, records=self.records[index], frame=self.frame.iloc[index])

    def to_pandas(self) -> pd.DataFrame:
        """Return the manifest's rows as a table, the target first."""
        return self.frame

    def floats(self) -> NDArray[np.float32]:
        """Return the pictures as numbers from 0 to 1."""
        return as_floats(self.images)

    def __repr__(self) -> str:
        return f"NumPy arrays: {self.description}"


def arrays(
    modality: ModalityName | str = "all", split: Split = None, **options: Unpack[Options]
) -> Arrays:
    """Return pictures and targets as arrays.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        options: See `covid19_images.dataset.select.select`.
    """
    return of(select(modality, split, **options))


def of(chosen: Selection) -> Arrays:
    """Return the arrays of a selection."""
    if chosen.size is None:
        several = list(chosen.several(range(len(chosen))))
        images = np.empty(len(several), object)
        images[:] = several
    else:
        images = chosen.batch(range(len(chosen)))
    return Arrays(
        images, chosen.targets, chosen.records, chosen.classes, repr(chosen), chosen.to_pandas()
    )


def volumes(
    modality: ModalityName | str = "all", split: Split = None, **options: Unpack[VolumeOptions]
) -> VolumeSelection:
    """Return volumes with their masks; `chosen[3]` has `image`, `mask`, `affine`, `target`, `key`.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        options: See `covid19_images.dataset.volume_options.select_volumes`.
    """
    return select_volumes(modality, split, **options)
