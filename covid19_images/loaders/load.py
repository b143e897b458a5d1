"""One line to a training loop: `train = c19.load("xray", split="train")`."""

import importlib
from typing import Any, Literal, Unpack, get_args

from covid19_images.dataset.arguments import SelectionError, one_of
from covid19_images.dataset.options import ModalityName, Options, Split

Framework = Literal[
    "numpy", "torch", "tensorflow", "fastai", "huggingface", "jax", "webdataset", "monai"
]
_OTHER_NAMES = {
    "np": "numpy",
    "pytorch": "torch",
    "pt": "torch",
    "tf": "tensorflow",
    "keras": "tensorflow",
    "tf.data": "tensorflow",
    "hf": "huggingface",
    "datasets": "huggingface",
    "hugging face": "huggingface",
    "flax": "jax",
    "wds": "webdataset",
}
_GIVES = {"numpy": "arrays", "fastai": "dataloaders", "jax": "batches"}


def load(
    modality: ModalityName | str = "all",
    split: Split = None,
    *,
    framework: Framework | str = "numpy",
    **options: Unpack[Options],
) -> Any:  # noqa: ANN401  what the framework calls a data set
    """Load images with their targets, as the framework of your choice likes them.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        framework: `numpy` (arrays), `torch` (a data set), `tensorflow` (a `tf.data.Dataset`),
            `fastai` (`DataLoaders`), `huggingface` (a `Dataset` or `DatasetDict`), `jax` (batches
            of one epoch), `webdataset` (a pipeline), `monai` (a data set of dict items).
        options: See `covid19_images.dataset.select.select`.

    Raises:
        SelectionError: Nothing matches, or there is no such framework.
        LocalCopyError: There is no local copy, and none can be had.
    """
    name = one_of("framework", framework, get_args(Framework), _OTHER_NAMES)
    loader = importlib.import_module(f"covid19_images.loaders.{name}")
    give = getattr(loader, _GIVES.get(name, "dataset"))
    if name != "fastai":
        return give(modality, split, **options)
    if split is not None:
        raise SelectionError("fastai takes train and validation together: name no split.")
    return give(modality, **options)
