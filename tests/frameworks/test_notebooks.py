"""Every notebook runs from top to bottom on a machine that has never seen the collection."""

from pathlib import Path

import pytest

from covid19_images.download.copy import LocalCopy
from tests.support import local_copy

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
# The CPU torch has no torchvision that fits; a machine with matching builds needs none of this.
OPERATORS = """
import torch
_library = torch.library.Library("torchvision", "DEF")
_library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
_library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, copy: LocalCopy) -> Path:
    return local_copy.publish(copy, tmp_path_factory.mktemp("releases"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_downloads_and_runs(
    notebook: Path, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("COVID19_IMAGES_FROM", str(published))
    monkeypatch.setenv("COVID19_IMAGES_DIR", str(tmp_path / "collection"))
    monkeypatch.setenv("PYTHONPATH", str(FOLDER.parent))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    book = nbformat.read(notebook, as_version=4)
    [install] = [c for c in book.cells if "install" in c.metadata.get("tags", ())]
    assert install is next(c for c in book.cells if c.cell_type == "code")
    assert "covid19-images" in install.source
    assert book.cells[0].source.count(f"notebooks/{notebook.name})") == 2  # Colab and Kaggle
    install.source = OPERATORS if notebook.stem in ("fastai", "monai") else ""
    NotebookClient(book, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [cell.outputs for cell in book.cells if cell.cell_type == "code" and cell.outputs]
    assert len(outputs) >= 3
    assert (tmp_path / "collection" / "index.json").exists()


def test_there_is_a_notebook_for_each_framework() -> None:
    names = {path.stem for path in NOTEBOOKS}
    assert names == {
        "fastai",
        "huggingface",
        "jax",
        "monai",
        "numpy",
        "pytorch",
        "tensorflow",
        "webdataset",
    }
