"""Layouts as real repositories have them: what is written without a mark is never wrong."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flows.config import load
from flows.onboarding import toml
from flows.onboarding.guess import Guess, guess
from flows.onboarding.inspect import Looked, look
from tests.covid19_images.images.formats.files import dicom, ramp
from tests.support.collection import ROOT
from tests.support.pictures import encoded, picture
from tests.support.upstream import Upstream

CONFIG = load.load(ROOT / "config")
SMALL = (96, 80)


def _xray(seed: int, kind: str = "PNG") -> bytes:
    return encoded(picture(seed, size=SMALL), kind)


def _mask(seed: int) -> bytes:
    flat = np.zeros(SMALL[::-1], np.uint8)
    flat[20 : 50 + seed, 20:60] = 255
    return encoded(Image.fromarray(flat))


def _class_folders_against_a_table() -> dict[str, bytes]:
    """Most of `normal` is something else in the repository's own table."""
    files = {f"data/covid/{i}.png": _xray(i) for i in range(8)}
    files |= {f"data/normal/{i}.png": _xray(i) for i in range(8, 16)}
    rows = [f"{i}.png,{'No finding' if i > 14 else 'COVID-19'}" for i in range(16)]
    return files | {"labels.csv": "\n".join(["filename,label", *rows, ""]).encode()}


def _masks_beside_images() -> dict[str, bytes]:
    files = {f"ct/images/{i}.png": _xray(i) for i in range(5)}
    files |= {f"ct/LungMasks/{i}.png": _mask(i) for i in range(5)}
    files |= {f"ct/infection/{i}.png": _mask(i) for i in range(5)}
    return files | {f"ct/images/{i}_mask.png": _mask(i) for i in range(5)}


def _figures_among_images() -> dict[str, bytes]:
    files = {f"chest/{i:03}.jpg": _xray(i, "JPEG") for i in range(12)}
    files |= {"chest/model_architecture.png": _xray(90), "roc.png": _xray(91)}
    files |= {"checkpoints/v1/training_history.png": _xray(92), "checkpoints/v1/w.hdf5": b"\x89"}
    return files | {"docs/logo.png": _xray(93), "train.py": b"1\n"}


def _nested_dicom_series() -> dict[str, bytes]:
    return {
        f"scans/P{case}/S1/IM{i:04}": dicom(ramp().astype(np.uint16), Modality="CT")
        for case in (1, 2)
        for i in range(6)
    }


def _a_table_broader_than_the_files() -> dict[str, bytes]:
    rows = [f"{i}.png,{i // 2},{40 + i % 30},COVID-19,{i % 5},91" for i in range(200)]
    header = "filename,patientid,age,finding,admission offset,spo2"
    table = "\n".join([header, *rows, ""]).encode()
    return {f"images/{i}.png": _xray(i) for i in range(20)} | {"metadata.csv": table}


def _names_in_other_case_and_endings() -> dict[str, bytes]:
    files = {f"images/A{i}.jpg": _xray(i, "JPEG") for i in range(10)}
    files |= {f"images/b{i}.jfif": _xray(i + 10, "JPEG") for i in range(4)}
    rows = [f"a{i}.JPEG,F" for i in range(10)] + [f"b{i}.jpg,M" for i in range(4)]
    return files | {"metadata.csv": "\n".join(["filename,sex", *rows, ""]).encode()}


def _a_table_of_patients_beside_one_of_images() -> dict[str, bytes]:
    """Wards are small numbers, as names of images are."""
    rows = [f"{i}.png,P{i // 3},PA" for i in range(12)]
    cases = [f"P{i},{40 + i},F,COVID-19,{i}" for i in range(5)]
    return {f"images/{i}.png": _xray(i) for i in range(12)} | {
        "images.csv": "\n".join(["file,case,view", *rows, ""]).encode(),
        "patients.csv": "\n".join(["id,age,sex,diagnosis,ward", *cases, ""]).encode(),
    }


def _a_competition() -> dict[str, bytes]:
    """Predictions that a competition wants are no labels, and findings are columns."""
    files = {f"train/{i:04x}.png": _xray(i) for i in range(12)}
    files |= {f"test/{i:04x}.png": _xray(i) for i in range(12, 16)}
    rows = [f"{i:04x},{i % 2},{1 - i % 2}" for i in range(12)]
    wanted = [f"{i:04x},Normal" for i in range(12, 16)]
    return files | {
        "train.csv": "\n".join(["image_id,Normal,Covid", *rows, ""]).encode(),
        "sample_submission.csv": "\n".join(["image_id,label", *wanted, ""]).encode(),
    }


def _splits_of_class_folders() -> dict[str, bytes]:
    """Windows left a file among the pictures."""
    files = {
        f"Data/{part}/{name}/{name}({i}).jpg": _xray(10 * p + 5 * n + i, "JPEG")
        for p, part in enumerate(("train", "test"))
        for n, name in enumerate(("COVID19", "NORMAL"))
        for i in range(3)
    }
    return files | {"Data/train/NORMAL/desktop.ini": b"x", "Data/README": b"x"}


def _annotations_in_json() -> dict[str, bytes]:
    """Numbers of pictures are their names too; a program's settings are no table."""
    listed = [{"id": i, "file_name": f"{i}.png", "width": 96} for i in range(8)]
    ages = {str(i): {"age": 40 + i} for i in range(8)}
    return {f"images/{i}.png": _xray(i) for i in range(8)} | {
        "labels/ages.json": json.dumps(ages).encode(),
        "labels/instances.json": json.dumps({"images": listed}).encode(),
        "config.json": b'{"layers": [{"size": 3}, {"size": 4}]}',
    }


def _masks_below_each_class() -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for n, name in enumerate(("COVID", "Normal")):
        files |= {
            f"Radiography Set/{name}/images/{name}-{i}.png": _xray(4 * n + i) for i in range(4)
        }
        files |= {f"Radiography Set/{name}/masks/{name}-{i}.png": _mask(i) for i in range(4)}
    return files | {"Radiography Set/README.md.txt": b"x"}


def _several_folders_and_one_table() -> dict[str, bytes]:
    files = {f"images_00{i % 2 + 1}/{i:08}_000.png": _xray(i) for i in range(10)}
    rows = [f"{i:08}_000.png,No Finding,{i // 2},M,PA,97" for i in range(30)]
    header = "Image Index,Finding Labels,Patient ID,Patient Gender,View Position,Height"
    return files | {"Data_Entry.csv": "\n".join([header, *rows, ""]).encode()}


LAYOUTS = {
    "a competition": (
        _a_competition(),
        [
            'images = ["/test/", "/train/"]',
            'files = ["train.csv"]',
            'path = "train/{image id}.png"',
        ],
        ['"/sample_submission.csv"', 'modality = "XR"', 'marked = ["normal", "covid"]'],
    ),
    "splits of class folders": (
        _splits_of_class_folders(),
        ['images = ["/Data/"]', 'ignore = ["/Data/**/*.ini", "/Data/README"]'],
        ["(?P<finding>COVID19|NORMAL)", 'label_basis = "folder_name"'],
    ),
    "annotations in JSON": (
        _annotations_in_json(),
        [
            'images = ["/images/"]',
            'ignore = ["/*.json"]',
            'files = ["labels/ages.json"]',
            'path = "images/{key}.png"',
            'age = ["age"]',
            'files = ["labels/instances.json"]',
            'path = "images/{file name}"',
        ],
        ['modality = "XR"'],
    ),
    "masks below each class": (
        _masks_below_each_class(),
        [
            'images = ["/Radiography\\\\ Set/"]',
            '"/Radiography\\\\ Set/**/*.txt",',
        ],
        [
            '/COVID/masks/",',
            '/Normal/masks/",',
            'match = "^(.*/)?(?P<finding>COVID|Normal)/"',
            "If these are masks",
        ],
    ),
    "several folders and one table": (
        _several_folders_and_one_table(),
        [
            'images = ["/images_001/", "/images_002/"]',
            "ignore = []",
            'files = ["Data_Entry.csv"]',
            'path = "**/{image index}"',
            'finding = ["finding labels"]',
            'patient = ["patient id"]',
            'sex = ["patient gender"]',
            'view = ["view position"]',
        ],
        ["partial = true", 'label_basis = "stated"'],
    ),
    "a table of patients beside one of images": (
        _a_table_of_patients_beside_one_of_images(),
        [
            'images = ["/images/"]',
            "ignore = []",
            'files = ["images.csv"]',
            'path = "images/{file}"',
            'view = ["view"]',
            'files = ["patients.csv"]',
            'age = ["age"]',
            'sex = ["sex"]',
        ],
        ['on = "case"', 'to = "id"', 'finding = ["diagnosis"]', 'patient = ["case"]'],
    ),
    "class folders against a table": (
        _class_folders_against_a_table(),
        [
            'images = ["/data/"]',
            "ignore = []",
            'files = ["labels.csv"]',
            'path = "**/{filename}"',
            'finding = ["label"]',
        ],
        ["normal/: 7 of 8 files are something else in labels.csv"],
    ),
    "masks beside images": (
        _masks_beside_images(),
        ['images = ["/ct/"]'],
        ['"/ct/LungMasks/",', '"/ct/infection/",', '"/ct/images/*_mask.png",', 'modality = "XR"'],
    ),
    "figures among images": (
        _figures_among_images(),
        ['images = ["/chest/"]', '"/*.py",', '"/docs/",'],
        ['"/chest/model_architecture.png",', '"/roc.png",', '"/checkpoints/",', "docs/ holds 1"],
    ),
    "nested DICOM series": (
        _nested_dicom_series(),
        ['images = ["/scans/"]', "ignore = []"],
        ['modality = "CT"'],
    ),
    "a table broader than the files": (
        _a_table_broader_than_the_files(),
        [
            'images = ["/images/"]',
            "ignore = []",
            'files = ["metadata.csv"]',
            'path = "images/{filename}"',
            'age = ["age"]',
            'finding = ["finding"]',
            'patient = ["patientid"]',
            'spo2 = ["spo2"]',
        ],
        ["partial = true", 'column = "admission offset", basis = "admission"'],
    ),
    "names in other case and endings": (
        _names_in_other_case_and_endings(),
        [
            'images = ["/images/"]',
            "ignore = []",
            'files = ["metadata.csv"]',
            'path = "images/{filename}"',
            'sex = ["sex"]',
        ],
        ["ignore_case = true", "ignore_ending = true"],
    ),
}
JOIN = ("[[tables.join]]", "[tables.join.fields]")
FRAME = (
    *JOIN,
    "[files]",
    "ignore = [",
    "]",
    "[[tables]]",
    "[tables.fields]",
    "[[paths]]",
    "[always]",
)


@pytest.fixture(scope="module")
def written() -> Mapping[str, tuple[str, Guess]]:
    """What `sources add` writes of each layout."""
    made = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, (files, _, _) in LAYOUTS.items():
            upstream = Upstream(Path(scratch, f"{name.replace(' ', '-')}.git"))
            upstream.commit(files)
            found = look(upstream.url, Path(scratch, name), ("file",))
            assert isinstance(found, Looked)
            seen = guess(found.paths, found.tables, CONFIG.vocabulary, CONFIG.sources, found.sights)
            made[name] = toml.write("https://github.com/owner/set", seen, order=9), seen
    return made


def _unmarked(text: str) -> Iterator[str]:
    """List the lines that are written as certain: without a mark, and not after one."""
    before = ""
    for line in text.splitlines():
        is_marked = toml.MARK in line or (before.startswith(toml.MARK) and "=" in line)
        is_said = line and not line.startswith("# ")  # what is commented out says nothing
        if is_said and not is_marked and line not in FRAME:
            yield line.strip()
        before = line


@pytest.mark.parametrize("name", LAYOUTS)
def test_no_line_without_a_mark_is_wrong(
    written: Mapping[str, tuple[str, Guess]], name: str
) -> None:
    text, _ = written[name]
    _, right, _ = LAYOUTS[name]
    certain = [line for line in _unmarked(text) if not line.startswith("url =")]
    assert certain == right


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_is_guessed_is_marked(written: Mapping[str, tuple[str, Guess]], name: str) -> None:
    text, _ = written[name]
    lines = text.splitlines()
    for wanted in LAYOUTS[name][2]:
        [line] = [line for line in lines if wanted in line]
        assert toml.MARK in line
    load.parse_source(text, Path("set.toml"))


def test_all_images_are_counted_and_nothing_else(
    written: Mapping[str, tuple[str, Guess]],
) -> None:
    assert [seen.count for _, seen in written.values()] == [
        *(16, 12, 8, 8, 10),
        *(12, 16, 5, 12, 12, 20, 14),
    ]
