"""The review page shows pictures with what their new masks outline, by class and in colour."""

import base64
import io
import re

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from covid19_images.images.volumes.strips import COLOURS
from tests.covid19_images.images.formats.files import encode_deep
from tests.flows.night.test_masks import TOML, _Url
from tests.support.collection import Collection
from tests.support.pictures import encoded, png
from tests.support.upstream import Upstream

WIDE, HIGH = 400, 300
MORE = """
[[masks]]
match = '^images/(?P<name>.+)_lung\\.png$'
of = "images/{name}.png"
shows = "lung"
by = "model"
"""


def mask(*boxes: tuple[int, int, int, int]) -> bytes:
    """Draw boxes (left, top, right, bottom) of the values 1, 2 …"""
    drawn = np.zeros((HIGH, WIDE), np.uint8)
    for value, (left, top, right, bottom) in enumerate(boxes, start=1):
        drawn[top:bottom, left:right] = value
    return encode_deep(drawn, ".png")


def shown(text: str) -> list[NDArray[np.int_]]:
    """Return the pictures with outlines of a page, RGB."""
    pattern = r'alt="The picture with its outlines" src="data:image/webp;base64,([^"]+)"'
    found = [base64.b64decode(one) for one in re.findall(pattern, text)]
    return [np.asarray(Image.open(io.BytesIO(one)).convert("RGB"), int) for one in found]


def colour_of(line: NDArray[np.int_]) -> int:
    """Return which colour of outlines a line has, from 1; WebP keeps its hue, and blurs it."""
    chroma = line.mean(axis=0) - line.mean()
    hues = np.array(COLOURS) - np.mean(COLOURS, axis=1, keepdims=True)
    return int(np.argmax(hues @ chroma / np.linalg.norm(hues, axis=1))) + 1


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, str]:
    """The pages of three nights: all is new, another mask, and nothing of masks."""
    folder = tmp_path_factory.mktemp("outlined")
    upstream = Upstream(folder / "upstream.git")
    grey = encoded(Image.new("L", (WIDE, HIGH), 128))
    files = {
        "images/a.png": grey,
        "images/a_mask.png": mask((40, 40, 120, 200), (200, 40, 280, 200)),
        "images/a_lung.png": mask((20, 220, 380, 280)),
        "images/b.png": png(2, size=(WIDE, HIGH)),
        "images/other size.png": png(3),
        "images/other size_mask.png": mask((40, 40, 120, 200)),
    }
    upstream.commit(files)
    collection = Collection(folder / "collection")
    collection.source("set", (TOML + MORE).format_map(_Url(upstream.url)))
    pages = []
    for change in (
        {"images/b_mask.png": mask((100, 100, 300, 250))},
        {"images/c.png": png(4)},
        {},
    ):
        collection.night()
        pages.append((collection.pages / "index.html").read_text(encoding="utf-8"))
        collection.merge()
        if change:
            upstream.commit(change)
    return pages[0], pages[1], pages[2]


def test_each_class_is_outlined_in_its_colour_where_it_is(nights: tuple[str, str, str]) -> None:
    assert "Masks of pictures" in nights[0]
    [picture] = shown(nights[0])  # one of another size than its picture is only named
    assert picture.shape == (144, 192, 3)
    # Masks are in the order of their paths: that of the lung is first.
    lines = {1: (10, slice(108, 132)), 2: (19, slice(24, 92)), 3: (96, slice(24, 92))}
    for colour, (left, rows) in lines.items():
        assert colour_of(picture[rows, left]) == colour
        inside = picture[rows, left + 8]
        assert np.abs(inside.mean(axis=0) - 128).max() < 20


def test_classes_and_who_made_them_stand_below(nights: tuple[str, str, str]) -> None:
    section = nights[0].partition('id="outlined"')[2].partition("</section>")[0]
    assert re.findall(r'<li>(?:<span class="key o(\d)"[^>]*></span> )?([^<]+)</li>', section) == [
        ("1", "lung, by a model"),
        ("2", "ground glass, by a person"),
        ("3", "consolidation, by a person"),
        ("", "ground glass, by a person, not drawn"),
    ]


def test_only_pictures_whose_masks_are_new_are_shown(nights: tuple[str, str, str]) -> None:
    assert len(shown(nights[1])) == 1
    assert "images/b.png" in nights[1].partition('id="outlined"')[2].partition("</section>")[0]
    assert 'id="outlined"' not in nights[2]
