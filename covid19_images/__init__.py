"""A collection of COVID-19 chest images that keeps itself: the part researchers use.

import covid19_images as c19
train = c19.load("xray", split="train")            # NumPy arrays
train = c19.torch.dataset("xray", "train")         # and so on: tensorflow, fastai, …
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from covid19_images.checks.audit import audit
    from covid19_images.checks.baseline.predictions import score
    from covid19_images.checks.baseline.run import baseline
    from covid19_images.checks.contamination import check
    from covid19_images.checks.find_duplicates import find_duplicates
    from covid19_images.dataset.overview import montage, summary
    from covid19_images.dataset.select import select
    from covid19_images.dataset.trace import provenance
    from covid19_images.loaders import (
        fastai,
        huggingface,
        jax,
        monai,
        numpy,
        tensorflow,
        torch,
        webdataset,
    )
    from covid19_images.loaders.load import load

__all__ = [
    "__version__",
    "audit",
    "baseline",
    "check",
    "fastai",
    "find_duplicates",
    "huggingface",
    "jax",
    "load",
    "monai",
    "montage",
    "numpy",
    "provenance",
    "score",
    "select",
    "summary",
    "tensorflow",
    "torch",
    "webdataset",
]
__version__ = "0.1.0"

_FUNCTIONS = {
    "audit": "checks.audit",
    "baseline": "checks.baseline.run",
    "check": "checks.contamination",
    "find_duplicates": "checks.find_duplicates",
    "load": "loaders.load",
    "montage": "dataset.overview",
    "score": "checks.baseline.predictions",
    "provenance": "dataset.trace",
    "select": "dataset.select",
    "summary": "dataset.overview",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    """Import what needs heavy libraries only when it is asked for (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name not in _FUNCTIONS:
        return importlib.import_module(f"{__name__}.loaders.{name}")
    function = getattr(importlib.import_module(f"{__name__}.{_FUNCTIONS[name]}"), name)
    globals()[name] = function
    return function


def __dir__() -> list[str]:
    return __all__
