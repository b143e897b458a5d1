"""The NumPy notebook runs as it is on Kaggle and Colab, on their folders and without a network.

Those of the frameworks: tests/frameworks/test_notebooks.py.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from covid19_images.download import places
from covid19_images.download.copy import LocalCopy
from tests.support import local_copy
from tests.support.collection import ROOT
from tests.support.crossed import crossed
from tests.support.services import OFFLINE, mount, unmount, unpack


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> LocalCopy:
    return local_copy.make(tmp_path_factory.mktemp("copy") / "made", count=20)


def code_of(notebook: Path) -> str:
    """Return the cells that are run, but the one that installs."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    kept = [
        cell
        for cell in cells
        if cell["cell_type"] == "code" and "install" not in cell["metadata"].get("tags", ())
    ]
    return "\n\n".join("".join(cell["source"]) for cell in kept)


def run(notebook: Path, mounted: Path, folder: Path, **variables: str) -> str:
    """Run a notebook's cells in a fresh process on a machine without a network."""
    folder.mkdir()
    script = OFFLINE.format(mounted=str(mounted)) + code_of(notebook) + "\nprint(train)\n"
    given = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env=given | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "shape", crossed(["datasets/somebody/covid19-images", "covid19-images"], fast=1)
)
def test_on_kaggle_what_is_mounted_is_found_without_asking(
    copy: LocalCopy, tmp_path: Path, shape: str
) -> None:
    mounted = tmp_path / "kaggle" / "input"
    release = local_copy.publish(copy, mounted / "other") / copy.version
    (mounted / shape).parent.mkdir(parents=True, exist_ok=True)
    shutil.move(release, mounted / shape)
    (mounted / "other" / "index.json").write_text("[]")  # of another data set
    unpack(mounted / shape)
    mount(mounted)
    before = {path: path.stat().st_mtime_ns for path in mounted.rglob("*")}
    try:
        words = run(ROOT / "notebooks" / "numpy.ipynb", mounted, tmp_path / "working")
    finally:
        unmount(mounted)
    assert "14 images of train" in words
    after = set(mounted.rglob("*"))
    if os.geteuid() == 0:  # root may write to what is read-only, and then keeps its cache there
        after = {path for path in after if "cache" not in path.parts}
    assert set(before) == after


def test_on_colab_a_copy_in_content_is_found(copy: LocalCopy, tmp_path: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(copy.folder, tmp_path / "drive" / "covid19-images")
    here = str(tmp_path / "drive" / "covid19-images")
    notebook = ROOT / "notebooks" / "numpy.ipynb"
    assert "14 images of train" in run(
        notebook, tmp_path / "none", content, COVID19_IMAGES_DIR=here
    )


def test_of_several_that_are_mounted_the_newest_is_taken(
    copy: LocalCopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "MOUNTED", tmp_path)
    assert places.mounted() is None
    for name, version in (("a", "2026.11.24"), ("b", "2026.11.23")):
        release = local_copy.publish(copy, tmp_path / "made") / copy.version
        index = (release / "index.json").read_text()
        (release / "index.json").write_text(index.replace(copy.version, version))
        shutil.move(release, tmp_path / name)
        shutil.rmtree(tmp_path / "made")
    assert places.mounted() == tmp_path / "a"
