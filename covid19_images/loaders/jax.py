"""JAX: `for images, targets in c19.jax.batches("xray", "train", epochs=5)`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from covid19_images.dataset import arguments
from covid19_images.dataset.arguments import SelectionError
from covid19_images.dataset.draws import Draws
from covid19_images.dataset.options import ModalityName, Options, Split
from covid19_images.dataset.select import select
from covid19_images.dataset.selection import Selection
from covid19_images.dataset.volume_options import VolumeOptions, select_volumes
from covid19_images.dataset.volumes import VolumeSelection, channels_last
from covid19_images.download.squares import as_floats
from covid19_images.loaders.framework import require

if TYPE_CHECKING:
    import jax


def batches(
    modality: ModalityName | str = "all",
    split: Split = None,
    *,
    batch_size: int = 32,
    epochs: int = 1,
    shuffle: bool | None = None,
    drop_last: bool = False,
    **options: Unpack[Options],
) -> "Iterator[tuple[jax.Array, jax.Array]]":
    """Return batches of (images, targets).

    Images are float32, shape (batch, size, size, 1), from 0 to 1.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        batch_size: Images in a batch.
        epochs: How often every image comes.
        shuffle: Whether every epoch has another order; by default in training.
        drop_last: Leave a smaller last batch out, which would be compiled anew.
        options: See `covid19_images.dataset.select.select`.
    """
    arguments.whole_number("batch_size", batch_size, least=1)
    arguments.whole_number("epochs", epochs, least=1)
    arguments.yes_or_no("drop_last", drop_last)
    if shuffle is not None:
        arguments.yes_or_no("shuffle", shuffle)
    require("jax")
    chosen = _squares(select(modality, split, **options))
    mixed = chosen.is_training if shuffle is None else shuffle
    return _batches(chosen, batch_size, epochs, shuffle=mixed, drop_last=drop_last)


def _batches(
    chosen: Selection, size: int, epochs: int, *, shuffle: bool, drop_last: bool
) -> "Iterator[tuple[jax.Array, jax.Array]]":
    import jax.numpy as jnp  # noqa: PLC0415

    for epoch in range(epochs):
        order = np.arange(len(chosen))
        if shuffle:
            np.random.default_rng([chosen.seed, epoch]).shuffle(order)
        for at in range(0, len(order), size):
            part = order[at : at + size]
            if len(part) < size and drop_last:
                break
            images = as_floats(chosen.batch(part, draw=(epoch,)))[..., None]
            yield jnp.asarray(images), jnp.asarray(chosen.targets[part])


class Source:
    """Random access for grain: `grain.MapDataset.source(c19.jax.source("xray", "train"))`."""

    def __init__(self, chosen: Selection) -> None:  # noqa: D107  `source` says it
        self.selection = chosen

    def __len__(self) -> int:
        return len(self.selection)

    def __getitem__(self, index: int) -> dict[str, Any]:
        levels = self.selection.levels(int(index))
        return {"image": as_floats(levels)[..., None], "label": self.selection.targets[index]}

    def __repr__(self) -> str:
        return f"grain source: {self.selection!r}"


def source(
    modality: ModalityName | str = "all", split: Split = None, **options: Unpack[Options]
) -> Source:
    """Return a data source for grain, of {"image", "label"}.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        options: See `covid19_images.dataset.select.select`.
    """
    return Source(_squares(select(modality, split, **options)))


def _squares(chosen: Selection) -> Selection:
    if chosen.size is None:
        raise SelectionError("JAX batches need pictures of one size: name one, as size=224.")
    return chosen.prepared()


def volumes(
    modality: ModalityName | str = "all", split: Split = None, **options: Unpack[VolumeOptions]
) -> "Iterator[tuple[jax.Array, Any]]":
    """Return each volume once as (image, mask), or (image, target) where no mask is asked for.

    Images are float32, shape (right, front, head, 1); masks have their classes last.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        options: See `covid19_images.dataset.volume_options.select_volumes`.
    """
    require("jax")
    return of_volumes(select_volumes(modality, split, **options))


def of_volumes(chosen: VolumeSelection) -> "Iterator[tuple[jax.Array, Any]]":
    """Return the volumes of a selection."""
    import jax.numpy as jnp  # noqa: PLC0415

    draws = Draws(len(chosen))
    for at in range(len(chosen)):
        image, wanted = channels_last(chosen, at, draws.next(at))
        yield jnp.asarray(image), jnp.asarray(wanted)
