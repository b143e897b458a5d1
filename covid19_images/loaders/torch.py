"""PyTorch: `c19.torch.dataset("xray", "train")`, ready for a `DataLoader`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from covid19_images.dataset import arguments
from covid19_images.dataset.blocks import in_blocks
from covid19_images.dataset.draws import Draws
from covid19_images.dataset.options import ModalityName, Options, Split
from covid19_images.dataset.select import select
from covid19_images.dataset.selection import Selection
from covid19_images.dataset.volume_options import select_volumes
from covid19_images.dataset.volumes import VolumeSelection
from covid19_images.download.squares import as_floats
from covid19_images.loaders.framework import require

if TYPE_CHECKING:
    from torch import Tensor
    from torch.utils.data import Dataset, WeightedRandomSampler

Transform = Callable[["Tensor"], Any]


def dataset(
    modality: ModalityName | str = "all",
    split: Split = None,
    *,
    channels: int = 1,
    transform: Transform | None = None,
    with_key: bool = False,
    volumes: bool = False,
    masks: str | Sequence[str] | None = None,
    spacing_mm: Sequence[float] | None = None,
    window: str | Sequence[float] | None = None,
    patch: Sequence[int] | None = None,
    neighbours: int | None = None,
    **options: Unpack[Options],
) -> "Dataset[Any]":
    """Return a map-style dataset of (image, target).

    An image is float32, shape (channels, height, width), from 0 to 1. A target is a class index,
    or a vector with NaN where nothing is known (`findings`; see `masked_bce`).

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        channels: 1, or 3 for networks that expect colours: the grey is repeated.
        transform: Given each image tensor.
        with_key: Give (image, target, key), where key is `source/path`.
        volumes: Give volumes, (1, right, front, head), and with `masks` (image, mask) of them.
        masks: See `covid19_images.dataset.volumes.volumes`, as of `spacing_mm` and `window`.
        spacing_mm: From voxel to voxel; of volumes only.
        window: What becomes 0 to 1; of volumes only.
        patch: How much of each volume, in voxels, at a place drawn by seed; of volumes only.
        neighbours: Give axial slices, (2 · neighbours + 1, right, front); of volumes only.
        options: See `covid19_images.dataset.select.select`.
    """
    _check(channels, transform, with_key)
    require("torch")
    if arguments.yes_or_no("volumes", volumes):
        found = select_volumes(
            modality,
            split,
            masks=masks,
            spacing_mm=spacing_mm,
            window=window,
            patch=patch,
            neighbours=neighbours,
            **options,
        )
        return of_volumes(found, transform, with_key=with_key)
    own = {"spacing_mm": spacing_mm, "window": window, "patch": patch}
    arguments.of_volumes_only(masks=masks, neighbours=neighbours, **own)
    return of(select(modality, split, **options), channels, transform, with_key=with_key)


def _check(channels: object, transform: object, with_key: object) -> None:
    arguments.channels(channels)
    arguments.function("transform", transform)
    arguments.yes_or_no("with_key", with_key)


def of(
    chosen: Selection,
    channels: int = 1,
    transform: Transform | None = None,
    *,
    with_key: bool = False,
) -> "Dataset[Any]":
    """Return the dataset of a selection."""
    _check(channels, transform, with_key)
    return _again(chosen.prepared(), channels, transform, with_key, Draws(len(chosen)))


class _Images:
    """Images of the collection with their targets: all of the data set but its base class."""

    def __init__(
        self,
        chosen: Selection,
        channels: int,
        transform: Transform | None,
        with_key: bool,
        draws: Draws,
    ) -> None:
        import torch  # noqa: PLC0415

        self.selection = chosen
        self.records = chosen.records
        self.classes, self.class_to_idx = chosen.classes, chosen.class_to_idx
        self.to_pandas = chosen.to_pandas
        self.targets = torch.from_numpy(np.array(chosen.targets)) if self.classes else None
        self.channels, self.transform, self.with_key = channels, transform, with_key
        self._draws = draws

    def __len__(self) -> int:
        return len(self.selection)

    def __getitem__(self, index: int) -> Any:  # noqa: ANN401
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[Any]:
        columns = [self._images(indices), self._targets(indices)]
        if self.with_key:
            columns.append([self.records[at].key for at in indices])
        return list(zip(*columns, strict=True))

    def _targets(self, indices: Sequence[int]) -> Sequence[Any]:
        if self.targets is None:
            return [self.selection.targets[at].item() for at in indices]
        return list(self.targets[list(indices)].unbind())

    def _images(self, indices: Sequence[int]) -> list[Any]:
        import torch  # noqa: PLC0415

        draws = self._draws.following(indices)
        if self.selection.size is None:
            levels = self.selection.several(indices, draws)
            several = [as_floats(one)[None] for one in levels]
            images = [torch.from_numpy(one) for one in several]
        else:
            levels = torch.from_numpy(self.selection.batch(indices, draws=draws))
            images = levels[:, None].to(torch.float32).div_(255).unbind()  # as NumPy divides
        if self.channels > 1:
            images = [image.expand(self.channels, -1, -1) for image in images]
        return [self.transform(image) for image in images] if self.transform else list(images)

    def __reduce__(self) -> Any:  # noqa: ANN401
        parts = (self.selection, self.channels, self.transform, self.with_key, self._draws)
        return _again, parts

    def __repr__(self) -> str:
        return f"PyTorch dataset: {self.selection!r}"


@lru_cache(maxsize=1)
def _class() -> Any:  # noqa: ANN401  a class that exists only where torch does
    from torch.utils.data import Dataset  # noqa: PLC0415

    return type("Images", (_Images, Dataset), {"__doc__": _Images.__doc__})


def _again(
    chosen: Selection, channels: int, transform: Transform | None, with_key: bool, draws: Draws
) -> "Dataset[Any]":
    """Make the dataset, here or anew in another process."""
    found: Dataset[Any] = _class()(chosen, channels, transform, with_key, draws)
    return found


class _Volumes:
    """Volumes with their masks, or their targets where no mask was asked for."""

    def __init__(
        self,
        chosen: VolumeSelection,
        transform: Transform | None,
        with_key: bool,
        draws: Draws,
    ) -> None:
        self.volumes, self.transform, self.with_key = chosen, transform, with_key
        self._draws = draws

    def __len__(self) -> int:
        return len(self.volumes)

    def __getitem__(self, index: int) -> Any:  # noqa: ANN401
        import torch  # noqa: PLC0415

        at = range(len(self))[index]
        item = self.volumes.item(at, draw=self._draws.next(at))
        image = torch.from_numpy(item.channels_first)
        image = self.transform(image) if self.transform else image
        wanted = torch.from_numpy(item.mask) if self.volumes.masks else item.target
        return (image, wanted, item.key) if self.with_key else (image, wanted)

    def __reduce__(self) -> Any:  # noqa: ANN401
        return _volumes_again, (self.volumes, self.transform, self.with_key, self._draws)

    def __repr__(self) -> str:
        return f"PyTorch dataset: {self.volumes!r}"


@lru_cache(maxsize=1)
def _class_of_volumes() -> Any:  # noqa: ANN401  … likewise
    from torch.utils.data import Dataset  # noqa: PLC0415

    return type("Volumes", (_Volumes, Dataset), {"__doc__": _Volumes.__doc__})


def of_volumes(
    chosen: VolumeSelection, transform: Transform | None = None, *, with_key: bool = False
) -> "Dataset[Any]":
    """Return the dataset of chosen volumes."""
    return _volumes_again(chosen, transform, with_key, Draws(len(chosen)))


def _volumes_again(
    chosen: VolumeSelection, transform: Transform | None, with_key: bool, draws: Draws
) -> "Dataset[Any]":
    found: Dataset[Any] = _class_of_volumes()(chosen, transform, with_key, draws)
    return found


def sampler(
    images: "Dataset[Any]", *, seed: int = 0, length: int | None = None
) -> "WeightedRandomSampler":
    """Draw every class equally often; `DataLoader(ds, sampler=c19.torch.sampler(ds))`.

    It draws in the main process from its own generator: the order is the same with any number of
    workers, and another one each epoch.

    Args:
        images: What `dataset` gave.
        seed: Of the draws.
        length: Draws in an epoch; as many as there are images by default.
    """
    import torch  # noqa: PLC0415
    from torch.utils.data import WeightedRandomSampler  # noqa: PLC0415

    weights = images.selection.weights
    generator = torch.Generator().manual_seed(seed)
    return WeightedRandomSampler(weights.tolist(), length or len(weights), generator=generator)


def blocks(images: "Dataset[Any]", *, seed: int = 0, neighbours: int = 8) -> Iterable[int]:
    """Draw every image once, neighbours in a shard together; for `stream=True`.

    `DataLoader(ds, batch_size=32, sampler=c19.torch.blocks(ds))` then asks four times for a batch,
    and not 32 times. Images stand in a shard by their id, which says nothing of what they show. The
    order is another one in each epoch, and that of a downloaded copy is the same.

    Args:
        images: What `dataset` gave.
        seed: Of the order.
        neighbours: How many stay together.
    """
    return _Blocks(in_blocks(images.selection, seed=seed, neighbours=neighbours), len(images))


class _Blocks:
    """The order of one epoch after the other."""

    def __init__(self, orders: Iterator[list[int]], length: int) -> None:
        self._orders, self._length = orders, length

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[int]:
        return iter(next(self._orders))


def class_weights(images: "Dataset[Any]") -> "Tensor":
    """Weigh classes for `CrossEntropyLoss(weight=…)`, so that each counts alike."""
    import torch  # noqa: PLC0415

    return torch.from_numpy(images.selection.class_weights)


def masked_bce(logits: "Tensor", targets: "Tensor") -> "Tensor":
    """Return the binary cross-entropy over known values; for `findings`, whose unknowns are NaN."""
    import torch  # noqa: PLC0415

    known = ~torch.isnan(targets)
    losses = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, torch.nan_to_num(targets), reduction="none"
    )
    return (losses * known).sum() / known.sum().clamp(min=1)
