"""Copies inside a local copy of the collection, found from its pictures alone."""

from pathlib import Path

import cv2
import pytest
from PIL import Image

import covid19_images
from covid19_images.release.row import Row
from tests.covid19_images.download.copies import VERSION, record, write_copy
from tests.covid19_images.duplicates.pictures import tissue
from tests.support.pictures import encoded


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a release with a picture, the same one smaller, and another."""
    one = tissue(1)
    pictures = {
        "one": one,
        "smaller": cv2.resize(one, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA),
        "other": tissue(2),
    }
    found, members = [], {}
    for name, grey in pictures.items():
        content = encoded(Image.fromarray(grey))
        row = record(f"{name}.png", content)
        members[f"{row.image_id}.png"] = content
        found.append(
            Row(
                record=row,
                commit="c",
                redistributable=True,
                added_in=VERSION,
                changed_in=VERSION,
                shard="images-set-00000.tar",
                member=f"{row.image_id}.png",
            )
        )
    write_copy(tmp_path / "copy", found, {"images-set-00000.tar": members})
    return tmp_path / "copy"


@pytest.mark.parametrize("named", ["", "manifest.csv"])
def test_a_local_copy_or_its_manifest_is_searched(folder: Path, named: str):
    calls: list[tuple[int, int]] = []
    found = covid19_images.find_duplicates(folder / named, say=lambda *words: calls.append(words))
    assert set(found.items) == {"set/one.png", "set/smaller.png", "set/other.png"}
    assert {(pair.a, pair.b) for pair in found.pairs} == {("set/one.png", "set/smaller.png")}
    assert {key: copy.of for key, copy in found.copies.items()} == {
        "set/smaller.png": "set/one.png"
    }
    assert calls[-1] == (3, 3)


def test_the_second_time_nothing_is_described_again(folder: Path):
    first = covid19_images.find_duplicates(folder)
    calls: list[tuple[int, int]] = []
    second = covid19_images.find_duplicates(folder, say=lambda *words: calls.append(words))
    assert calls == []
    assert first.copies == second.copies
