"""A wrong word is an error at once that names the choices, in every loader."""

import importlib
from collections.abc import Callable
from typing import Any

import pytest

import covid19_images as c19
from covid19_images.dataset.arguments import SelectionError
from covid19_images.download.copy import LocalCopy
from covid19_images.loaders import framework
from tests.support import local_copy

LOADERS = {
    "numpy": "arrays",
    "torch": "dataset",
    "tensorflow": "dataset",
    "fastai": "dataloaders",
    "huggingface": "dataset",
    "jax": "batches",
    "webdataset": "dataset",
    "monai": "dataset",
}

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"unknown": False}, "drop, keep"),
    ({"unknown": True}, "drop, keep"),
    ({"unknown": None}, "drop, keep"),
    ({"unknown": "kept"}, "Did you mean 'keep'"),
    ({"size": (224, 256)}, "both sides are equal: size=256"),
    ({"size": 0}, "from 1 to 8192"),
    ({"size": -224}, "from 1 to 8192"),
    ({"size": 224.5}, "from 1 to 8192"),
    ({"size": "224"}, "from 1 to 8192"),
    ({"size": True}, "from 1 to 8192"),
    ({"size": (224, 224, 1)}, "from 1 to 8192"),
    ({"size": 10**6}, "from 1 to 8192"),
    ({"seed": "a"}, "a whole number, 0 or more"),
    ({"seed": -1}, "a whole number, 0 or more"),
    ({"seed": 1.5}, "a whole number, 0 or more"),
    ({"seed": None}, "a whole number, 0 or more"),
    ({"augment": "heavy"}, "light, standard, strong"),
    ({"augment": 3}, "light, standard, strong"),
    ({"copies": "no"}, "True or False"),
    ({"copies": 1}, "True or False"),
    ({"cache": "yes"}, "True or False"),
    ({"label": "covid19"}, "covid, findings, coarse2"),
    ({"label": "covids"}, "Did you mean 'covid'"),
    ({"label": "pnuemonia"}, "Did you mean 'Pneumonia'"),
    ({"label": 3}, "covid, findings, coarse2"),
    ({"label": ["Pneumonia", "Flu"]}, "no label 'Flu'"),
    ({"label": None}, "covid, findings, coarse2"),
    ({"modality": "mri"}, "xray, ct, other, all"),
    ({"modality": None}, "xray, ct, other, all"),
    ({"sources": 3}, "a text or a list of texts"),
    ({"sources": "jurnal"}, "it has journal, kinds, others"),
    ({"view": "PAA"}, "Did you mean 'PA'"),
    ({"view": ["PA", 3]}, "a text or a list of texts"),
    ({"sex": "unknown"}, "M, F, O"),
    ({"age": 18}, r"as \(18, 90\)"),
    ({"age": (90, 18)}, "its first number is the smaller"),
    ({"finding": "Covid"}, "it has COVID-19, No finding"),
    ({"patients": "nobody"}, "it has journal/0"),
    ({"quality": "good"}, "annotated, colour"),
    ({"licence": "MIT"}, "it has CC-BY-4.0, redistributable"),
    ({"label_basis": "pcr"}, "Did you mean 'rt_pcr'"),
    ({"root": 3}, "the folder of a local copy"),
]
OF_SPLITS: list[tuple[object, str]] = [
    ("dev", "train, validation, test"),
    (3, "a text or a list of texts"),
    ([], "train, validation, test"),
    ("train[:100]", "whole percentages"),
    ("train[75%:50%]", "from 75 % to 50 %"),
    ("train[:120%]", "from 0 % to 120 %"),
    ("train+dev", "no split 'dev'"),
]
OF_ONE: list[tuple[str, dict[str, Any], str]] = [
    ("torch", {"channels": 2}, "1, or 3"),
    ("torch", {"channels": "rgb"}, "1, or 3"),
    ("torch", {"transform": 3}, "a function of one picture"),
    ("torch", {"with_key": "yes"}, "True or False"),
    ("tensorflow", {"channels": 0}, "1, or 3"),
    ("tensorflow", {"batch_size": 0}, "1 or more"),
    ("tensorflow", {"shuffle": 100}, "True or False"),
    ("fastai", {"bs": "all"}, "1 or more"),
    ("fastai", {"valid": "train"}, "validation, test"),
    ("fastai", {"num_workers": -1}, "0 or more"),
    ("huggingface", {"images": "jpeg"}, "png, ready"),
    ("jax", {"epochs": 0}, "1 or more"),
    ("jax", {"batch_size": 2.5}, "1 or more"),
    ("jax", {"drop_last": 1}, "True or False"),
    ("webdataset", {"shuffle": "yes"}, "0 or more"),
    ("monai", {"volumes": "yes"}, "True or False"),
    ("monai", {"transform": "flip"}, "a function of one picture"),
]


@pytest.fixture(autouse=True)
def as_if_all_frameworks_were_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framework, "find_spec", lambda name: name)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> LocalCopy:
    return local_copy.make(tmp_path_factory.mktemp("copy"))


def _loader(name: str) -> Callable[..., Any]:
    module = importlib.import_module(f"covid19_images.loaders.{name}")
    found: Callable[..., Any] = getattr(module, LOADERS[name])
    return found


@pytest.mark.parametrize("name", LOADERS)
@pytest.mark.parametrize(("options", "message"), WRONG, ids=[str(case[0]) for case in WRONG])
def test_a_wrong_word_is_an_error_that_names_the_choices(
    copy: LocalCopy, name: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(SelectionError, match=message):
        _loader(name)(**{"root": copy.folder} | options)


@pytest.mark.parametrize("name", [name for name in LOADERS if name != "fastai"])
@pytest.mark.parametrize(("split", "message"), OF_SPLITS, ids=[str(case[0]) for case in OF_SPLITS])
def test_a_wrong_split_is_an_error_that_names_the_choices(
    copy: LocalCopy, name: str, split: object, message: str
) -> None:
    with pytest.raises(SelectionError, match=message):
        _loader(name)(split=split, root=copy.folder)


@pytest.mark.parametrize(("name", "options", "message"), OF_ONE)
def test_what_one_loader_takes_is_checked_before_anything_is_read(
    tmp_path_factory: pytest.TempPathFactory, name: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(SelectionError, match=message):
        _loader(name)(root=tmp_path_factory.getbasetemp() / "absent", **options)


@pytest.mark.parametrize("name", LOADERS)
def test_an_option_that_nobody_knows_is_named_with_those_there_are(
    copy: LocalCopy, name: str
) -> None:
    with pytest.raises(TypeError, match="Did you mean 'augment'"):
        _loader(name)(root=copy.folder, augmnt="light")


def test_an_option_of_another_loader_is_refused(copy: LocalCopy) -> None:
    with pytest.raises(TypeError, match="There is no option 'channels' here; there are age"):
        c19.load(root=copy.folder, channels=3)


@pytest.mark.parametrize("word", ["pytorsch", 3, None])
def test_a_framework_that_there_is_not_is_named_with_those_there_are(word: object) -> None:
    with pytest.raises(SelectionError, match="numpy, torch, tensorflow"):
        c19.load(framework=word)  # type: ignore[arg-type]


def test_volumes_are_never_silently_none(copy: LocalCopy) -> None:
    with pytest.raises(SelectionError, match=r"None of these \d+ images is a volume"):
        c19.monai.dataset("xray", volumes=True, sources="journal", root=copy.folder)


@pytest.mark.parametrize(
    ("wrote", "means"),
    [
        ({"size": (224, 224)}, {"size": 224}),
        ({"augment": True}, {"augment": "standard"}),
        ({"modality": "CXR"}, {"modality": "xray"}),
        ({"split": "val"}, {"split": "validation"}),
        ({"label": "coarse"}, {"label": "coarse3"}),
        ({"label": "pneumonia", "unknown": "keep"}, {"label": "Pneumonia", "unknown": "keep"}),
        ({"view": "pa"}, {"view": ["PA"]}),
    ],
)
def test_usual_words_have_their_usual_meaning(
    copy: LocalCopy, wrote: dict[str, Any], means: dict[str, Any]
) -> None:
    plain, asked = (c19.select(root=copy.folder, **words) for words in (wrote, means))
    assert (plain.records, plain.size, plain.label) == (asked.records, asked.size, asked.label)
    assert plain.augmentation == asked.augmentation
