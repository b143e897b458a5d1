"""Images that were chosen, with their targets; decoded as they are asked for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from covid19_images.dataset.arguments import SelectionError
from covid19_images.dataset.augment import Augmentation
from covid19_images.dataset.labels import Label
from covid19_images.download import picture_masks
from covid19_images.download import squares as arrays
from covid19_images.download import volumes as local
from covid19_images.download.copy import LocalCopy
from covid19_images.download.progress import progress
from covid19_images.download.squares import Levels, Squares
from covid19_images.download.volumes import LocalVolume
from covid19_images.manifest import table
from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.offered_mask import OfferedMaskRow
from covid19_images.manifest.record import Record

AT_ONCE = 32
"""Pictures that are read together where they are streamed."""


@dataclass(frozen=True, eq=False)
class Selection:
    """Images with targets; `chosen[:100]` is a selection too, `chosen[3]` one (levels, target).

    Attributes:
        records: The rows of the manifest, in their order.
        label: How they are labelled.
        size: Side of the squares in pixels; `None` for the pictures' own sizes.
        splits: Which splits they are of.
        copy: The local copy they are in.
        augmentation: What happens to a picture before it is given, in training.
        seed: Of everything that is drawn.
        cache: Whether squares are kept ready in a file.
        left_out: How many rows were left out, by reason.
        copies: Whether copies of others are kept, of volumes too.
    """

    records: tuple[Record, ...]
    label: Label
    size: int | None
    splits: tuple[str, ...]
    copy: LocalCopy
    augmentation: Augmentation | None = None
    seed: int = 0
    cache: bool = True
    left_out: Counter[str] = field(default_factory=Counter)
    copies: bool = False

    def __len__(self) -> int:
        return len(self.records)

    @overload
    def __getitem__(self, index: slice) -> "Selection": ...

    @overload
    def __getitem__(self, index: int) -> tuple[Levels, Any]: ...

    def __getitem__(self, index: int | slice) -> "Selection | tuple[Levels, Any]":
        if isinstance(index, slice):
            return replace(self, records=self.records[index])
        place = range(len(self))[index]
        return self.levels(place), self.targets[place]

    @property
    def classes(self) -> tuple[str, ...]:
        """Return what the targets' numbers stand for, or the columns of a target."""
        return self.label.classes

    @property
    def class_to_idx(self) -> dict[str, int]:
        """Return the number of each class, as torchvision names it."""
        return {name: at for at, name in enumerate(self.classes)}

    @property
    def is_training(self) -> bool:
        """Return whether all images are of the training split."""
        return self.splits == ("train",)

    def to_pandas(self) -> pd.DataFrame:
        """Return the manifest's rows as a table, the target first: ids stay text, gaps gaps."""
        frame = table.frame(self.records)
        targets = list(self.targets) if self.label.several else self.targets
        frame.insert(0, "target", pd.Series(targets, dtype=object if self.label.several else None))
        return frame

    @cached_property
    def targets(self) -> NDArray[Any]:
        """Return all targets; see `Label.targets`."""
        return self.label.targets(self.records)

    @cached_property
    def volumes(self) -> tuple[LocalVolume, ...]:
        """Return the volumes of which any picture was chosen, where the copy has all of them."""
        if not self.copy.has_values:
            raise SelectionError(
                f"Squares of {self.size} pixels are streamed, and slices have their values in "
                "their own size only: say size=None, or ask a loader for volumes."
            )
        keys = {record.key for record in self.records}
        found = local.volumes(self.copy)
        return tuple(one for one in found if any(r.key in keys for r in one.records))

    @cached_property
    def masks(self) -> tuple[MaskRow, ...]:
        """Return the masks of the pictures, and of their volumes."""
        keys = {record.key for record in self.records}
        volumes = {one.row.key for one in self.volumes}
        return tuple(
            row
            for row in local.masks(self.copy)
            if f"{row.source}/{row.picture}" in keys or (row.source, row.volume) in volumes
        )

    @cached_property
    def offered_masks(self) -> tuple[OfferedMaskRow, ...]:
        """Return the masks of the pictures' copies, which nobody drew on the pictures themselves.

        `covid19_images.download.picture_masks.values` has them at the pixels of the picture.
        """
        keys = {record.key for record in self.records}
        return tuple(row for row in picture_masks.offered(self.copy) if row.picture in keys)

    @cached_property
    def squares(self) -> Squares:
        """Return all pictures, ready in memory-mapped files; the first use may take a while."""
        if self.size is None:
            raise SelectionError("Pictures of their own sizes are not kept ready; name a size.")
        with progress() as say:
            return arrays.squares(self.copy, self.records, self.size, say)

    def prepared(self) -> "Selection":
        """Get everything ready that can be, so that processes that follow share it."""
        if self.cache and self.size is not None:
            _ = self.squares
        _ = self.targets
        return self

    def levels(self, index: int, *, draw: Sequence[int] = (0,)) -> Levels:
        """Return one picture in 8-bit grey, shape (height, width).

        Args:
            index: Which one.
            draw: What makes this draw of the augmentation another one: epoch, worker …
        """
        return self.augmented(self.plain(index), index, draw)

    def plain(self, index: int) -> Levels:
        """Return one picture in 8-bit grey as it is, never augmented."""
        if self.cache and self.size is not None:
            return self.squares.one(index)
        return self.copy.array(self.records[index], size=self.size)

    def batch(
        self,
        indices: Sequence[int] | NDArray[Any],
        *,
        draw: Sequence[int] = (0,),
        draws: Sequence[Sequence[int]] | None = None,
    ) -> Levels:
        """Return pictures in 8-bit grey, shape (k, size, size).

        Args:
            indices: Which ones.
            draw: What makes these draws of the augmentation other ones.
            draws: The same for each picture by itself.
        """
        if self.cache and self.augmentation is None and self.size is not None:
            return self.squares.take(indices)
        each = [draw] * len(indices) if draws is None else draws
        return np.stack(list(self.several(indices, each)))

    def several(
        self, indices: Sequence[int] | NDArray[Any], draws: Sequence[Sequence[int]] | None = None
    ) -> Iterator[Levels]:
        """Yield pictures in 8-bit grey; where they are streamed, a few are read at once.

        Args:
            indices: Which ones.
            draws: What makes each draw of the augmentation another one.
        """
        each = [(0,)] * len(indices) if draws is None else draws
        for begin in range(0, len(indices), AT_ONCE):
            part = [int(index) for index in indices[begin : begin + AT_ONCE]]
            if not self.cache or self.size is None:
                self.copy.ahead([self.records[index] for index in part], size=self.size)
            for index, draw in zip(part, each[begin : begin + AT_ONCE], strict=True):
                yield self.levels(index, draw=draw)

    def augmented(self, plain: Levels, index: int, draw: Sequence[int]) -> Levels:
        """Augment a training picture; every other one stays as it is."""
        if self.augmentation is None or self.records[index].split != "train":
            return plain
        picture = int(str(self.records[index].image_id).removeprefix("c19-"), 16)
        random = np.random.default_rng([self.seed, picture, *draw])
        return self.augmentation(plain, random)

    @cached_property
    def class_weights(self) -> NDArray[np.float32]:
        """Weigh classes so that each counts alike, as a loss takes it; 0 for an empty class."""
        if self.label.several or not self.label.classes:
            raise SelectionError(f"The label {self.label.name} has no classes to weigh.")
        known = self.targets[self.targets >= 0]
        counts = np.bincount(known, minlength=len(self.label.classes)).astype(np.float32)
        present = np.count_nonzero(counts)
        weights: NDArray[np.float32] = np.zeros_like(counts)
        np.divide(counts.sum(), present * counts, out=weights, where=counts > 0)
        return weights

    @property
    def weights(self) -> NDArray[np.float32]:
        """Weigh images so that every class is drawn equally often; 0 where it is not known."""
        weights: NDArray[np.float32] = self.class_weights[self.targets]
        return np.where(self.targets < 0, np.float32(0), weights)

    def of(self, split: str) -> "Selection":
        """Return one split of the selection; only training pictures are augmented."""
        records = tuple(record for record in self.records if record.split == split)
        drawn = self.augmentation if split == "train" else None
        return replace(self, records=records, splits=(split,), augmentation=drawn)

    def __repr__(self) -> str:
        return _described(self)


def _described(chosen: Selection) -> str:
    side = "their own sizes" if chosen.size is None else f"{chosen.size} × {chosen.size}"
    counted = chosen.label.counts(chosen.records) if chosen.label.classes else Counter[str]()
    classes = ", ".join(f"{word} {n:,}" for word, n in counted.most_common(8))
    sources = Counter(record.source for record in chosen.records).most_common()
    lines = [
        f"{len(chosen):,} images of {', '.join(chosen.splits)}, {side}",
        f"label {chosen.label.name}" + (f": {classes}" if classes else ""),
        "from " + ", ".join(f"{source} {n:,}" for source, n in sources),
        f"release {chosen.copy.version} in {chosen.copy.folder}",
    ]
    people = sum(record.key in chosen.copy.decided for record in chosen.records)
    lines += [f"findings of {people:,} decided by people (copy.decided)"] if people else []
    left = [f"{n:,} {reason}" for reason, n in sorted(chosen.left_out.items())]
    return "\n".join(lines + (["left out: " + ", ".join(left)] if left else []))
