"""Whether a framework is installed: asked before pictures are chosen, or downloaded, for it."""

from importlib.util import find_spec

_NAMES = {
    "datasets": ("Hugging Face's datasets", "huggingface"),
    "fastai": ("fastai", "fastai"),
    "jax": ("JAX", "jax"),
    "monai": ("MONAI", "monai"),
    "tensorflow": ("TensorFlow", "tensorflow"),
    "torch": ("PyTorch", "torch"),
    "webdataset": ("WebDataset", "webdataset"),
}


class MissingFrameworkError(ModuleNotFoundError):
    """Raised where a framework is not installed: which extra of this package has it."""


def require(module: str) -> None:
    """Raise unless a framework is installed; nothing of it is imported.

    Args:
        module: What it is imported as.

    Raises:
        MissingFrameworkError: It is not installed.
    """
    if find_spec(module) is None:
        name, extra = _NAMES[module]
        raise MissingFrameworkError(
            f"This loader needs {name}, which is not installed: "
            f"pip install 'covid19-images[{extra}]'. Nothing was chosen or downloaded.",
            name=module,
        )
