"""Tests with the frameworks themselves: `make frameworks`. Skipped where they are not installed."""

import importlib.util
import os
import warnings
from pathlib import Path

import pytest

from covid19_images.download.copy import LocalCopy
from tests.support import local_copy

NEEDED = ("torch", "tensorflow", "fastai", "datasets", "webdataset", "jax", "grain", "monai")
os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "HF_HUB_OFFLINE": "1", "TF_ENABLE_ONEDNN_OPTS": "0"}


def _installed(name: str) -> bool:
    found = importlib.util.find_spec(name)
    # `datasets` is also a folder of this repository, without code.
    return found is not None and found.origin is not None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with a message, what cannot run; and do not take the frameworks' warnings for ours."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    missing = [name for name in NEEDED if not _installed(name)]
    for item in here:
        item.add_marker(pytest.mark.filterwarnings("default"))
        item.add_marker(pytest.mark.timeout(900))
        if missing:
            why = f"{', '.join(missing)} not installed; run `make frameworks`"
            item.add_marker(pytest.mark.skip(reason=why))
    if here and not missing:
        _declare_missing_operators()


def _declare_missing_operators() -> None:
    """Let torchvision be imported beside a CPU torch that it was not built for.

    Only the schemas of operators that nothing here calls; the product never does this.
    """
    import torch

    library = torch.library.Library("torchvision", "DEF")
    pytest.torchvision_library = library  # type: ignore[attr-defined]  # kept alive
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torchvision  # noqa: F401


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> LocalCopy:
    """A local copy of a release with 60 pictures that can be learnt, and one of every kind."""
    return local_copy.make(tmp_path_factory.mktemp("release"), count=60)
