"""MONAI: dict items of pictures, or of whole volumes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
from numpy.typing import NDArray

from covid19_images.dataset import arguments
from covid19_images.dataset.arguments import SelectionError
from covid19_images.dataset.draws import Draws
from covid19_images.dataset.options import ModalityName, Options, Split
from covid19_images.dataset.select import select
from covid19_images.dataset.selection import Selection
from covid19_images.dataset.volume_options import VolumeOptions, select_volumes
from covid19_images.dataset.volumes import VolumeSelection
from covid19_images.download.squares import as_floats
from covid19_images.loaders.framework import require

if TYPE_CHECKING:
    from monai.data.dataset import Dataset


def items(
    modality: ModalityName | str = "all", split: Split = None, **options: Unpack[Options]
) -> list[dict[str, Any]]:
    """Describe pictures as MONAI's dict items: `index`, `label`, `key`; small, no pixels.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        options: See `covid19_images.dataset.select.select`.
    """
    return _items(select(modality, split, **options))


def _items(chosen: Selection) -> list[dict[str, Any]]:
    return [
        {"index": at, "label": chosen.targets[at], "key": record.key}
        for at, record in enumerate(chosen.records)
    ]


def dataset(
    modality: ModalityName | str = "all",
    split: Split = None,
    *,
    volumes: bool = False,
    transform: Callable[[dict[str, Any]], Any] | None = None,
    **options: Unpack[Options],
) -> "Dataset":
    """Return a MONAI data set of {"image", "label", "key"}, for dict transforms.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        volumes: Give only volumes, whole: float32, shape (1, frames, height, width), from 0 to 1.
            Pictures are (1, height, width); of a volume, its middle slice.
        transform: Given each item.
        options: See `covid19_images.dataset.select.select`.
    """
    _check(volumes, transform)
    require("monai")
    return of(select(modality, split, **options), volumes=volumes, transform=transform)


def _check(volumes: object, transform: object) -> None:
    arguments.yes_or_no("volumes", volumes)
    arguments.function("transform", transform)


def of(
    chosen: Selection,
    *,
    volumes: bool = False,
    transform: Callable[[dict[str, Any]], Any] | None = None,
) -> "Dataset":
    """Return the data set of a selection."""
    _check(volumes, transform)
    found = _items(chosen)
    if volumes:
        found = [item for item in found if (chosen.records[item["index"]].frames or 1) > 1]
        if not found:
            raise SelectionError(
                f"None of these {len(chosen):,} images is a volume: all have one frame. Nothing "
                'was loaded. `modality="ct"` of all sources has the most; `volumes=False` loads '
                "the pictures."
            )
    else:
        chosen.prepared()

    from monai.data.dataset import Dataset  # noqa: PLC0415
    from monai.transforms.compose import Compose  # noqa: PLC0415

    draws = Draws(len(chosen))

    def read(item: dict[str, Any]) -> dict[str, Any]:
        at = item["index"]
        levels = _volume(chosen, at) if volumes else chosen.levels(at, draw=draws.next(at))
        return {"image": as_floats(levels)[None], "label": item["label"], "key": item["key"]}

    return Dataset(found, Compose([read, *([transform] if transform else [])]))


def _volume(chosen: Selection, at: int) -> NDArray[np.uint8]:
    record = chosen.records[at]
    frames = range(record.frames or 1)
    return np.stack([chosen.copy.array(record, size=chosen.size, frame=k) for k in frames])


def volumes(
    modality: ModalityName | str = "all",
    split: Split = None,
    *,
    transform: Callable[[dict[str, Any]], Any] | None = None,
    **options: Unpack[VolumeOptions],
) -> "Dataset":
    """Return a MONAI data set of {"image", "label", "key"}, for dict transforms of volumes.

    Images are `MetaTensor`s of float32 with their affine, shape (1, right, front, head); a label
    is the mask, its classes first, or the target where no mask is asked for.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        transform: Given each item.
        options: See `covid19_images.dataset.volume_options.select_volumes`.
    """
    arguments.function("transform", transform)
    require("monai")
    return of_volumes(select_volumes(modality, split, **options), transform=transform)


def of_volumes(
    chosen: VolumeSelection, *, transform: Callable[[dict[str, Any]], Any] | None = None
) -> "Dataset":
    """Return the data set of chosen volumes."""
    from monai.data.dataset import Dataset  # noqa: PLC0415
    from monai.data.meta_tensor import MetaTensor  # noqa: PLC0415
    from monai.transforms.compose import Compose  # noqa: PLC0415

    draws = Draws(len(chosen))

    def read(at: int) -> dict[str, Any]:
        item = chosen.item(at, draw=draws.next(at))
        image = MetaTensor(item.channels_first, affine=item.affine)
        label = MetaTensor(item.mask, affine=item.affine) if chosen.masks else item.target
        return {"image": image, "label": label, "key": item.key}

    return Dataset(range(len(chosen)), Compose([read, *([transform] if transform else [])]))
