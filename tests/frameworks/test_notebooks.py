"""Every notebook runs from top to bottom on a machine that has never seen the collection."""

import re
import shutil
from pathlib import Path

import pytest

from covid19_images.download.copy import LocalCopy
from tests.support import local_copy
from tests.support.services import OFFLINE, mount, unmount, unpack

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
def copy(tmp_path_factory: pytest.TempPathFactory) -> LocalCopy:
    """A local copy as the other tests have it, with scans whose lungs are outlined."""
    return local_copy.make(tmp_path_factory.mktemp("release"), count=60, volumes=6)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, copy: LocalCopy) -> Path:
    return local_copy.publish(copy, tmp_path_factory.mktemp("releases"))


def execute(notebook: Path, folder: Path, first: str) -> None:
    """Run a notebook in a fresh kernel, with other words in place of the cell that installs."""
    import nbformat
    from nbclient import NotebookClient

    book = nbformat.read(notebook, as_version=4)
    [install] = [c for c in book.cells if "install" in c.metadata.get("tags", ())]
    assert install is next(c for c in book.cells if c.cell_type == "code")
    assert "covid19-images" in install.source
    assert book.cells[0].source.count(f"notebooks/{notebook.name})") == 2  # Colab and Kaggle
    install.source = first + (OPERATORS if notebook.stem in ("fastai", "monai") else "")
    NotebookClient(book, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
    outputs = [cell.outputs for cell in book.cells if cell.cell_type == "code" and cell.outputs]
    assert len(outputs) >= 3
    if notebook.stem == "segmentation":
        values = outputs[-1][-1]["data"]["text/plain"]
        found = re.fullmatch(r"'Dice of lungs in 2 volumes of test: (\d\.\d\d)'", values)
        assert found
        assert float(found[1]) > 0.4, values  # where all is called lung, it is 0.2


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that notebooks run in, on a machine that has never seen the collection."""
    monkeypatch.setenv("PYTHONPATH", str(FOLDER.parent))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_downloads_and_runs(
    notebook: Path, published: Path, kernels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COVID19_IMAGES_FROM", str(published))
    monkeypatch.setenv("COVID19_IMAGES_DIR", str(kernels / "collection"))
    execute(notebook, kernels, "")
    assert (kernels / "collection" / "index.json").exists()


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_on_what_kaggle_mounted_without_a_network(
    notebook: Path, copy: LocalCopy, kernels: Path
) -> None:
    mounted = kernels / "kaggle" / "input" / "covid19-images"
    release = local_copy.publish(copy, kernels / "published") / copy.version
    mounted.parent.mkdir(parents=True)
    shutil.move(release, mounted)
    unpack(mounted)
    mount(mounted)
    try:
        execute(notebook, kernels, OFFLINE.format(mounted=str(mounted.parent)))
    finally:
        unmount(mounted)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_in_colabs_folder_without_a_network(
    notebook: Path, copy: LocalCopy, kernels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = kernels / "content"
    shutil.copytree(copy.folder, content / "drive" / "covid19-images")
    monkeypatch.setenv("COVID19_IMAGES_DIR", str(content / "drive" / "covid19-images"))
    execute(notebook, content, OFFLINE.format(mounted=str(kernels / "nothing")))


def test_there_is_a_notebook_for_each_framework_and_one_that_outlines() -> None:
    names = {path.stem for path in NOTEBOOKS}
    assert names == {
        "fastai",
        "huggingface",
        "jax",
        "monai",
        "numpy",
        "pytorch",
        "segmentation",
        "tensorflow",
        "webdataset",
    }
