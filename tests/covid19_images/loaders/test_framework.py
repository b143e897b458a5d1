"""A framework that is not installed is named before anything is chosen or downloaded for it."""

import importlib
import tomllib
from pathlib import Path
from typing import get_args

import pytest

import covid19_images as c19
from covid19_images.dataset.arguments import SelectionError
from covid19_images.loaders import framework
from covid19_images.loaders.framework import MissingFrameworkError
from covid19_images.loaders.load import Framework
from tests.covid19_images.loaders.test_wrong_words import LOADERS
from tests.support.collection import ROOT

GIVES = {
    "torch": ["dataset"],
    "tensorflow": ["dataset", "volumes"],
    "fastai": ["dataloaders", "volumes"],
    "huggingface": ["dataset", "volumes"],
    "jax": ["batches", "volumes"],
    "webdataset": ["dataset", "volumes"],
    "monai": ["dataset", "volumes"],
}


@pytest.fixture(autouse=True)
def as_if_no_framework_were_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(framework, "find_spec", lambda _: None)
    monkeypatch.setenv("COVID19_IMAGES_DIR", str(tmp_path / "absent"))


@pytest.mark.parametrize("extra", GIVES)
def test_the_extra_to_install_is_named_and_nothing_is_downloaded(
    extra: str, tmp_path: Path
) -> None:
    loader = importlib.import_module(f"covid19_images.loaders.{extra}")
    for name in GIVES[extra]:
        with pytest.raises(
            MissingFrameworkError, match=rf"pip install 'covid19-images\[{extra}\]'"
        ):
            getattr(loader, name)("xray")
    assert not (tmp_path / "absent").exists()


def test_a_framework_that_is_only_named_is_asked_for_too() -> None:
    with pytest.raises(MissingFrameworkError, match="needs PyTorch, which is not installed"):
        c19.load(framework="torch")


def test_a_wrong_word_comes_before_a_framework_that_is_missing() -> None:
    with pytest.raises(SelectionError, match="1, or 3"):
        c19.torch.dataset(channels=2)


def test_every_framework_is_an_extra_of_the_package() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        extras = tomllib.load(file)["project"]["optional-dependencies"]
    assert {extra for _, extra in framework._NAMES.values()} == GIVES.keys()
    assert GIVES.keys() <= extras.keys()


def test_every_loader_is_known_wherever_one_is_named() -> None:
    files = {file.stem for file in (ROOT / "covid19_images" / "loaders").glob("[a-z]*.py")}
    loaders = files - {"framework", "load"}
    assert loaders == {*get_args(Framework)} == {"numpy", *GIVES} == LOADERS.keys()
    assert loaders <= {*c19.__all__}
    parity = (ROOT / "tests" / "frameworks" / "test_parity.py").read_text(encoding="utf-8")
    assert [name for name in loaders if f"c19.{name}." not in parity] == []
