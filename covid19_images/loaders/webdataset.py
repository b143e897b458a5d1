"""WebDataset: shards of one split each, from the local copy."""

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from covid19_images.dataset import arguments
from covid19_images.dataset.arguments import SelectionError
from covid19_images.dataset.draws import Draws
from covid19_images.dataset.options import ModalityName, Options, Split
from covid19_images.dataset.organize import organize
from covid19_images.dataset.select import select
from covid19_images.dataset.selection import AT_ONCE, Selection
from covid19_images.dataset.volume_options import VolumeOptions, select_volumes
from covid19_images.dataset.volumes import VolumeSelection
from covid19_images.download.cache import cache_folder
from covid19_images.download.progress import progress
from covid19_images.download.squares import as_floats
from covid19_images.images.decode import Picture, read
from covid19_images.loaders.framework import require

if TYPE_CHECKING:
    import webdataset as wds


def urls(
    modality: ModalityName | str = "all", split: Split = None, **options: Unpack[Options]
) -> list[str]:
    """Return shards that hold exactly the images asked for; they are written on the first use.

    The shards of a release are by source and mix the splits. These are by split, so that
    `wds.WebDataset(urls)` alone leaks nothing. Members: `.png`, `.json`, and `.cls` where there are
    classes.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        options: See `covid19_images.dataset.select.select`; nothing is augmented in a shard.
    """
    return of(select(modality, split, **options))


def of(chosen: Selection) -> list[str]:
    """Return the shards of a selection."""
    if chosen.copy.is_streamed:
        raise SelectionError("urls are of shards on this disk: stream with `dataset`, or download.")
    parts = [chosen.copy.version, chosen.label.name, *chosen.classes, chosen.size, *chosen.splits]
    parts += [record.key for record in chosen.records]
    digest = hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]
    folder = cache_folder(chosen.copy.folder) / f"webdataset-{digest}"
    with progress() as say:
        organize(chosen, folder, "webdataset", say=say)
    return [str(file) for file in sorted(folder.glob("*.tar"))]


def dataset(
    modality: ModalityName | str = "all",
    split: Split = None,
    *,
    shuffle: int | None = None,
    **options: Unpack[Options],
) -> "wds.WebDataset | wds.DataPipeline":
    """Return a pipeline of (image, target): float32, shape (1, size, size), from 0 to 1.

    Both are arrays, so that a batch of either is one too.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        shuffle: Size of the buffer that is drawn from; by default 1000 in training.
        options: See `covid19_images.dataset.select.select`.
    """
    if shuffle is not None:
        arguments.whole_number("shuffle", shuffle, least=0)
    require("webdataset")
    import webdataset as wds  # noqa: PLC0415

    chosen = select(modality, split, **options)
    buffer = (1000 if chosen.is_training else 0) if shuffle is None else shuffle
    if chosen.copy.is_streamed:
        return _streamed(chosen, buffer)
    places = {record.key: at for at, record in enumerate(chosen.records)}
    draws = Draws(len(chosen))

    def read_sample(sample: dict[str, Any]) -> tuple[Any, Any]:
        at = places[json.loads(sample["json"])["key"]]
        levels = chosen.augmented(_grey(sample["png"]), at, draws.next(at))
        return as_floats(levels)[None], np.asarray(chosen.targets[at])

    shards = wds.WebDataset(of(chosen), shardshuffle=False, seed=chosen.seed)
    return (shards.shuffle(buffer) if buffer else shards).map(read_sample)


def _streamed(chosen: Selection, buffer: int) -> "wds.DataPipeline":
    """Return the pipeline of a selection that is read as it is asked for."""
    import webdataset as wds  # noqa: PLC0415

    draws = Draws(len(chosen))
    places = range(len(chosen))
    parts = [places[at : at + AT_ONCE] for at in range(0, len(chosen), AT_ONCE)]

    def read_parts(asked: Iterator[range]) -> Iterator[tuple[Any, Any]]:
        for part in asked:
            found = chosen.several(part, draws.following(part))
            for at, levels in zip(part, found, strict=True):
                yield as_floats(levels)[None], np.asarray(chosen.targets[at])

    stages = [lambda: iter(parts), wds.split_by_node, wds.split_by_worker, read_parts]
    mixed = [wds.shuffle(buffer, seed=chosen.seed)] if buffer else []
    return wds.DataPipeline(*stages, *mixed)


def _grey(content: bytes) -> Any:  # noqa: ANN401
    picture = read(content)
    if not isinstance(picture, Picture):
        raise SelectionError(f"A shard in the cache is broken: {picture.reason}. Remove the cache.")
    return np.asarray(picture.grey())


def volumes(
    modality: ModalityName | str = "all", split: Split = None, **options: Unpack[VolumeOptions]
) -> "wds.DataPipeline":
    """Return a pipeline of {"__key__", "image.npy", "label.npy"}: each volume once.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        options: See `covid19_images.dataset.volume_options.select_volumes`.
    """
    require("webdataset")
    return of_volumes(select_volumes(modality, split, **options))


def of_volumes(chosen: VolumeSelection) -> "wds.DataPipeline":
    """Return the pipeline of chosen volumes."""
    import webdataset as wds  # noqa: PLC0415

    draws = Draws(len(chosen))

    def items() -> Iterator[dict[str, Any]]:
        for at in range(len(chosen)):
            item = chosen.item(at, draw=draws.next(at))
            label = item.mask if chosen.masks else item.target
            yield {"__key__": item.key, "image.npy": item.image, "label.npy": label}

    return wds.DataPipeline(items)
