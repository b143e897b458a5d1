"""Hugging Face: `ds = c19.huggingface.dataset("xray")`, a `DatasetDict` of the three splits."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, Unpack, get_args

import numpy as np

from covid19_images.dataset import arguments
from covid19_images.dataset.draws import Draws
from covid19_images.dataset.options import ModalityName, Options, Split
from covid19_images.dataset.select import select
from covid19_images.dataset.selection import AT_ONCE, Selection
from covid19_images.dataset.volume_options import VolumeOptions, select_volumes
from covid19_images.dataset.volumes import VolumeSelection
from covid19_images.images.write_png import write_png
from covid19_images.loaders.framework import require

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict, Features, IterableDataset, IterableDatasetDict

Images = Literal["png", "ready"]


def dataset(
    modality: ModalityName | str = "all",
    split: Split = None,
    *,
    images: Images = "png",
    **options: Unpack[Options],
) -> "DatasetDict | Dataset | IterableDatasetDict | IterableDataset":
    """Return a `DatasetDict`, or the `Dataset` of one split; iterable ones with `stream=True`.

    Its columns: `image`, `label` (a class label; a list of 1, 0 and NaN for `findings`), and
    `image_id`, `source`, `patient`, `key`, `licence`.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        images: `png` keeps 8-bit PNG bytes in the data set, which can be saved, pushed and read
            without this library. `ready` takes them from memory-mapped squares as they are asked
            for, many times faster.
        options: See `covid19_images.dataset.select.select`.
    """
    arguments.one_of("images", images, get_args(Images))
    require("datasets")
    chosen = select(modality, split, **options)
    from datasets import DatasetDict, IterableDatasetDict  # noqa: PLC0415

    parts = {side: chosen.of(side) for side in chosen.splits}
    if chosen.copy.is_streamed:
        read = {side: streamed(part) for side, part in parts.items() if len(part)}
        return read[chosen.splits[0]] if len(chosen.splits) == 1 else IterableDatasetDict(read)
    made = {side: of(part, images=images) for side, part in parts.items() if len(part)}
    return made[chosen.splits[0]] if len(chosen.splits) == 1 else DatasetDict(made)


def streamed(chosen: Selection) -> "IterableDataset":
    """Return the data set of a selection that is read as it is asked for, in its order.

    A worker reads the pictures that no other one reads.
    """
    from datasets import IterableDataset  # noqa: PLC0415

    def items(places: list[list[int]]) -> Iterator[dict[str, Any]]:
        for part in places:
            yield from rows(chosen, part)

    every = list(range(len(chosen)))
    parts = [every[at : at + AT_ONCE] for at in range(0, len(every), AT_ONCE)]
    return IterableDataset.from_generator(
        items, features=features(chosen), gen_kwargs={"places": parts}
    )


def of(chosen: Selection, *, images: Images = "png") -> "Dataset":
    """Return the data set of a selection."""
    from datasets import Dataset  # noqa: PLC0415

    columns = features(chosen)
    if images == "png":
        return Dataset.from_list(list(rows(chosen)), features=columns)
    chosen.prepared()
    del columns["image"]
    plain = Dataset.from_list([_row(chosen, at) for at in range(len(chosen))], features=columns)
    return plain.add_column("at", range(len(chosen))).with_transform(_ready(chosen))


def _ready(chosen: Selection) -> Any:  # noqa: ANN401
    def put(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
        places = batch.pop("at")
        return batch | {"image": list(chosen.batch(places))}

    return put


def rows(chosen: Selection, places: Sequence[int] | None = None) -> Iterator[dict[str, Any]]:
    """Yield the rows with their pictures as PNG bytes; all of them by default."""
    asked = range(len(chosen)) if places is None else places
    for at, levels in zip(asked, chosen.several(asked), strict=True):
        yield {"image": {"bytes": write_png(levels), "path": None}} | _row(chosen, at)


def features(chosen: Selection) -> "Features":
    """Return the type of each column."""
    from datasets import ClassLabel, Features, Image, List, Value  # noqa: PLC0415

    label: Any = Value("string")
    if chosen.label.several:
        label = List(Value("float32"), length=len(chosen.label.classes))
    elif chosen.label.classes:
        label = ClassLabel(names=list(chosen.label.classes))
    text = dict.fromkeys(("image_id", "source", "patient", "key", "licence"), Value("string"))
    return Features({"image": Image(), "label": label} | text)


def _row(chosen: Selection, at: int) -> dict[str, Any]:
    record, target = chosen.records[at], chosen.targets[at]
    return {
        "label": target.tolist() if isinstance(target, np.ndarray) else target.item(),
        "image_id": record.image_id,
        "source": record.source,
        "patient": record.patient_id,
        "key": record.key,
        "licence": record.licence,
    }


def volumes(
    modality: ModalityName | str = "all", split: Split = None, **options: Unpack[VolumeOptions]
) -> "IterableDataset":
    """Return an `IterableDataset` of {"image", "label", "key"}: each volume once, as NumPy arrays.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        options: See `covid19_images.dataset.volume_options.select_volumes`.
    """
    require("datasets")
    return of_volumes(select_volumes(modality, split, **options))


def of_volumes(chosen: VolumeSelection) -> "IterableDataset":
    """Return the data set of chosen volumes."""
    from datasets import IterableDataset  # noqa: PLC0415

    draws = Draws(len(chosen))

    def items() -> Iterator[dict[str, Any]]:
        for at in range(len(chosen)):
            item = chosen.item(at, draw=draws.next(at))
            label = item.mask if chosen.masks else item.target
            yield {"image": item.image, "label": label, "key": item.key}

    return IterableDataset.from_generator(items)
