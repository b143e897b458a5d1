"""Each notebook has Kaggle's metadata, which Kaggle's own command line takes and sends."""

import json
from pathlib import Path

import pytest

from tests.support.collection import ROOT
from tests.support.kaggle import emulated
from tests.support.kaggle.clients import command_line, lead_to

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
FOLDERS = ROOT / "notebooks" / "kaggle"
DATASET = "coyotespike/covid19-images"


def test_there_is_metadata_for_every_notebook_and_for_no_other() -> None:
    named = {folder.name: folder / "kernel-metadata.json" for folder in FOLDERS.iterdir()}
    assert set(named) == {notebook.stem for notebook in NOTEBOOKS}
    for name, file in named.items():
        code = json.loads(file.read_text())["code_file"]
        assert (file.parent / code).resolve() == ROOT / "notebooks" / f"{name}.ipynb"


def test_kaggles_command_line_takes_each_and_asks_for_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with emulated() as kaggle:
        lead_to(kaggle.url, monkeypatch)
        api = command_line(monkeypatch, tmp_path)
        for notebook in NOTEBOOKS:
            assert not api.kernels_push(str(FOLDERS / notebook.stem)).error
        assert "does not resolve" not in capsys.readouterr().out
        assert len(kaggle.notebooks) == len(NOTEBOOKS)
        for name, says in kaggle.notebooks.items():
            assert name.startswith("coyotespike/covid19-images-with-")
            assert says["datasetDataSources"] == [DATASET]
            assert says["enableInternet"] is says["enableGpu"] is says["enableTpu"] is False
            assert says["isPrivate"] is True
            assert (says["language"], says["kernelType"]) == ("python", "notebook")
            assert "covid19_images" in says["text"]


def test_what_the_command_line_refuses_it_refuses_here_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = command_line(monkeypatch, tmp_path)
    good = json.loads((FOLDERS / "numpy" / "kernel-metadata.json").read_text())
    good["code_file"] = str(ROOT / "notebooks" / "numpy.ipynb")
    for wrong in ({"language": "cobol"}, {"title": "x"}, {"dataset_sources": ["covid19-images"]}):
        (tmp_path / "kernel-metadata.json").write_text(json.dumps(good | wrong))
        with pytest.raises(ValueError, match=r"language|Title|Dataset"):
            api.kernels_push(str(tmp_path))
