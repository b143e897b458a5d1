"""What folders and names of files seem to say: never more than they do."""

import re
from collections.abc import Sequence

import pytest

from flows.config import load
from flows.onboarding import folders
from flows.onboarding.folders import Rule
from tests.support.collection import ROOT

VOCABULARY = load.load(ROOT / "config").vocabulary


def _stated(rules: Sequence[Rule], path: str, name: str = "finding") -> str | None:
    """What the last rule that matches says, as nights read them."""
    words = None
    for rule in rules:
        if found := re.search(rule.match, path):
            words = rule.sets.get(name) or found.groupdict().get(name) or words
    return words


@pytest.mark.parametrize(
    ("path", "means"),
    [
        ("Images-processed/CT_COVID/2020.03.01.png", "COVID-19"),
        ("data/COVID/images/COVID-1.png", "COVID"),
        ("data/Viral Pneumonia/1.jpg", "Viral Pneumonia"),
        ("train/covid19_positive/1.png", "COVID-19"),
        ("train/COVID-19-pos-case/IM1", "COVID-19"),
        ("train/Pneumonia-Viral/1.png", "Viral pneumonia"),
        ("train/covid_pneumonia/1.png", "COVID-19"),
        ("a/normal_cxr/1.png", "No finding"),
        ("COVID/a/Normal/b/1.png", "Normal"),
    ],
)
def test_a_folder_that_is_called_after_a_finding_says_it(path: str, means: str | None) -> None:
    rules, _ = folders.findings([path], VOCABULARY)
    assert _stated(rules, path) == means


@pytest.mark.parametrize(
    ("folder", "what"),
    [
        ("CT_NonCOVID", "what is not seen there"),
        ("noncovid", "what is not seen there"),
        ("COVID_negative", "what is not seen there"),
        ("without-pneumonia", "what is not seen there"),
        ("covid_or_normal", "several findings at once"),
    ],
)
def test_what_is_not_seen_or_is_several_things_is_a_doubt_and_no_label(
    folder: str, what: str
) -> None:
    rules, doubts = folders.findings([f"set/{folder}/1.png"], VOCABULARY)
    assert rules == []
    assert doubts == [f"{folder}/ (1 file) seems to say {what}; it is not used"]


@pytest.mark.parametrize(
    "path", ["covid19-detection-xray-dataset/images/1.png", "COVID-CT-Database/1.png", "mass/1.png"]
)
def test_a_set_that_is_called_after_its_subject_says_nothing_of_its_pictures(path: str) -> None:
    rules, doubts = folders.findings([path], VOCABULARY)
    assert path.startswith("mass") or (rules, doubts) == ([], [])


def test_files_of_one_folder_may_begin_with_what_is_seen() -> None:
    paths = [f"all/{name} ({n}).png" for name in ("COVID-19", "Normal") for n in range(3)]
    rules, _ = folders.findings([*paths, "all/patient3.png"], VOCABULARY)
    assert [_stated(rules, path) for path in paths] == ["COVID-19"] * 3 + ["Normal"] * 3
    assert _stated(rules, "all/patient3.png") is None


@pytest.mark.parametrize(
    ("paths", "patients"),
    [
        ([f"scans/P{p}/S{s}/IM1" for p in (1, 2) for s in (1, 2)], ["P1", "P1", "P2", "P2"]),
        ([f"x/DCM{p}/m-s0001.dcm" for p in (1, 2, 3)], ["DCM1", "DCM2", "DCM3"]),
        ([f"Patients/{p}/a.dcm" for p in ("abc", "abd")], ["abc", "abd"]),
        ([f"n/person{p}_virus_{p}.jpeg" for p in (1, 2, 3)], ["person1", "person2", "person3"]),
        ([f"images_{p:03}/{p}.png" for p in (1, 2, 3)], [None] * 3),
        ([f"train/S{p}/a.dcm" for p in (1, 2)], [None] * 2),
        ([f"p1/{p}.png" for p in (1, 2)], [None] * 2),
    ],
)
def test_folders_and_names_that_are_called_after_patients_say_whose_a_picture_is(
    paths: Sequence[str], patients: Sequence[str | None]
) -> None:
    rules = list(folders.patients(paths))
    assert [_stated(rules, path, "patient") for path in paths] == patients


@pytest.mark.parametrize(
    ("path", "is_made"),
    [
        ("TrainData/OversampledAugmentedCOVID-19/COVID-19/1.jpeg", True),
        ("NonAugmentedTrain/Normal/1.jpeg", False),
        ("not_augmented/1.png", False),
        ("data/CLAHE/1.png", True),
        ("data/train/aug_0_231.png", True),
        ("data/train/12_clahe.png", True),
        ("data/August/1.png", False),
        ("data/Images-processed/1.png", False),
    ],
)
def test_what_is_called_after_what_was_done_to_it_is_proposed_as_augmented(
    path: str, is_made: bool
) -> None:
    rules = folders.made_of_others([path, "data/plain/1.png"])
    assert _stated(rules, path, "quality") == ("augmented" if is_made else None)
    assert _stated(rules, "data/plain/1.png", "quality") is None


def test_what_keras_draws_from_pictures_is_known_by_its_names() -> None:
    paths = [f"TrainData/Normal/_{n}_{5769995 + n}.jpeg" for n in range(3)]
    rules = folders.made_of_others([*paths, "ValData/1.jpeg", "ValData/person1_2.jpeg"])
    assert [_stated(rules, path, "quality") for path in paths] == ["augmented"] * 3
    assert _stated(rules, "ValData/person1_2.jpeg", "quality") is None
