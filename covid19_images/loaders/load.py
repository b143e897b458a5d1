"""One line to a training loop: `train = c19.load("xray", split="train")`."""

import importlib
from typing import Any, Literal, Unpack, get_args

from covid19_images.dataset.select import ModalityName, Options, SelectionError

Framework = Literal[
    "numpy", "torch", "tensorflow", "fastai", "huggingface", "jax", "webdataset", "monai"
]
_GIVES = {"numpy": "arrays", "fastai": "dataloaders", "jax": "batches"}


def load(
    modality: ModalityName | str = "all",
    split: str | None = None,
    *,
    framework: Framework | str = "numpy",
    **options: Unpack[Options],
) -> Any:  # noqa: ANN401  what the framework calls a data set
    """Load images with their targets, as the framework of your choice likes them.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation` or `test`; all three by default.
        framework: `numpy` (arrays), `torch` (a data set), `tensorflow` (a `tf.data.Dataset`),
            `fastai` (`DataLoaders`), `huggingface` (a `Dataset` or `DatasetDict`), `jax` (batches
            of one epoch), `webdataset` (a pipeline), `monai` (a data set of dict items).
        options: See `covid19_images.dataset.select.select`: label, size, sources, version, augment,
            root, unknown, copies, seed, cache.

    Raises:
        SelectionError: Nothing matches, or there is no such framework.
        LocalCopyError: There is no local copy, and none can be had.
    """
    if framework not in get_args(Framework):
        names = ", ".join(get_args(Framework))
        raise SelectionError(f"There is no loader for {framework!r}; there are {names}.")
    loader = importlib.import_module(f"covid19_images.loaders.{framework}")
    give = getattr(loader, _GIVES.get(framework, "dataset"))
    if framework != "fastai":
        return give(modality, split, **options)
    if split is not None:
        raise SelectionError("fastai takes train and validation together: name no split.")
    return give(modality, **options)
