"""fastai: `dls = c19.fastai.dataloaders("xray")`, ready for `vision_learner`."""

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from covid19_images.dataset import arguments
from covid19_images.dataset.arguments import SelectionError
from covid19_images.dataset.draws import Draws
from covid19_images.dataset.options import ModalityName, Options
from covid19_images.dataset.select import select
from covid19_images.dataset.selection import Selection
from covid19_images.dataset.volume_options import VolumeOptions, select_volumes
from covid19_images.dataset.volumes import VolumeSelection
from covid19_images.loaders import torch as pytorch
from covid19_images.loaders.framework import require

if TYPE_CHECKING:
    from fastai.data.core import DataLoaders


def dataloaders(
    modality: ModalityName | str = "all",
    *,
    bs: int = 64,
    valid: str = "validation",
    num_workers: int = 0,
    **options: Unpack[Options],
) -> "DataLoaders":
    """Return `DataLoaders` of train and validation, with `show_batch`.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        bs: Images in a batch.
        valid: The split to validate with.
        num_workers: Processes that load; 0 is quick, because pictures are ready in memory.
        options: See `covid19_images.dataset.select.select`.
    """
    side = _check(bs, valid, num_workers)
    require("fastai")
    return of(select(modality, **options), bs=bs, valid=side, num_workers=num_workers)


def _check(bs: object, valid: object, num_workers: object) -> str:
    """Return the split to validate with."""
    arguments.whole_number("bs", bs, least=1)
    arguments.whole_number("num_workers", num_workers, least=0)
    return arguments.one_of("valid", valid, ("validation", "test"), {"val": "validation"})


def of(
    chosen: Selection, *, bs: int = 64, valid: str = "validation", num_workers: int = 0
) -> "DataLoaders":
    """Return the loaders of a selection."""
    valid = _check(bs, valid, num_workers)
    if chosen.size is None:
        raise SelectionError("fastai batches need pictures of one size: name one, as size=224.")
    chosen.prepared()
    sides = np.array([str(record.split) for record in chosen.records])
    parts = [np.flatnonzero(sides == side).tolist() for side in ("train", valid)]
    if not all(parts):
        raise SelectionError(f"Both train and {valid} need images: {chosen!r}")
    from fastai.data.core import Datasets  # noqa: PLC0415
    from fastai.data.transforms import IntToFloatTensor, ToTensor  # noqa: PLC0415
    from fastai.vision.core import PILImageBW  # noqa: PLC0415

    draws = Draws(len(chosen))

    def image(index: int) -> Any:  # noqa: ANN401
        return PILImageBW.create(np.array(chosen.levels(index, draw=draws.next(index))))

    sets = Datasets(range(len(chosen)), tfms=[[image], _target(chosen)], splits=parts)
    loaders: DataLoaders = sets.dataloaders(
        bs=bs, num_workers=num_workers, after_item=[ToTensor], after_batch=[IntToFloatTensor]
    )
    if not chosen.label.several:
        loaders.c = len(chosen.label.classes)
    else:
        from covid19_images.loaders.torch import masked_bce  # noqa: PLC0415

        loaders.c, loaders.loss_func = len(chosen.label.classes), masked_bce
    return loaders


def _target(chosen: Selection) -> list[Any]:
    from fastai.data.transforms import Categorize  # noqa: PLC0415
    from fastai.torch_core import TensorMultiCategory  # noqa: PLC0415

    targets, classes = chosen.targets, chosen.label.classes
    if chosen.label.several:
        return [lambda index: TensorMultiCategory(targets[index])]
    return [lambda index: classes[targets[index]], Categorize(vocab=list(classes), sort=False)]


def volumes(
    modality: ModalityName | str = "all", **options: Unpack[VolumeOptions]
) -> "DataLoaders":
    """Return `DataLoaders` of (image, mask), one volume a batch: train and validation.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        options: See `covid19_images.dataset.volume_options.select_volumes`.
    """
    require("fastai")
    train = select_volumes(modality, "train", **options)
    return of_volumes(train, select_volumes(modality, "validation", **options))


def of_volumes(train: VolumeSelection, validation: VolumeSelection) -> "DataLoaders":
    """Return the `DataLoaders` of chosen volumes."""
    from fastai.data.core import DataLoaders  # noqa: PLC0415
    from fastai.data.load import DataLoader  # noqa: PLC0415

    return DataLoaders(
        DataLoader(pytorch.of_volumes(train), bs=1, shuffle=True),
        DataLoader(pytorch.of_volumes(validation), bs=1),
    )
