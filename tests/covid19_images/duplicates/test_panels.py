"""Figures of several panels: how they are cut, and that a panel is found like a picture."""

import cv2
import numpy as np
import pytest

from covid19_images.duplicates import Features, Item, Same, extract
from covid19_images.duplicates.engine import find
from covid19_images.duplicates.features import (
    MAX_FIGURE_BYTES,
    MAX_FIGURE_POINTS,
    MAX_FIGURE_PX,
    frame_shape,
)
from covid19_images.duplicates.panels import MOST_PANELS, panels
from flows.demo.radiograph import radiograph
from tests.covid19_images.duplicates.pictures import Grey, figure, item, tissue
from tests.support.crossed import crossed

SIDE_PX = 360
GUTTERS = {"white": (8, 255), "black": (8, 0), "none": (0, 0)}


@pytest.fixture(scope="module")
def pictures() -> list[Grey]:
    """Radiographs of nine people."""
    return [radiograph(seed, size=(SIDE_PX, SIDE_PX)) for seed in range(40, 49)]


def printed(picture: Grey) -> Grey:
    """The picture after a JPEG of a journal's quality."""
    _, raw = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return np.asarray(cv2.imdecode(raw, cv2.IMREAD_GRAYSCALE), np.uint8)


def found(new: list[Item], known: list[Item]) -> dict[tuple[str, str], str]:
    """The confirmed pairs and their kinds."""
    pairs = find(new, known)
    return {(p.a, p.b): p.verdict.kind for p in pairs if isinstance(p.verdict, Same)}


@pytest.mark.parametrize("gutter", GUTTERS)
def test_a_figure_is_cut_into_its_panels(gutter: str):
    px, level = GUTTERS[gutter]
    pictures = [tissue(seed, SIDE_PX, SIDE_PX) for seed in range(6)]
    whole = printed(figure(pictures[:3], pictures[3:], gutter_px=px, gutter=level))
    boxes = panels(whole)
    assert len(boxes) == 6
    for box, row, column in zip(boxes, (0, 0, 0, 1, 1, 1), (0, 1, 2) * 2, strict=True):
        corner = np.array([row, column]) * (SIDE_PX + px)
        assert np.abs(np.array([box.top, box.left]) - corner).max() <= px + 2


def test_panels_have_no_plain_margins_and_bands_are_left_as_they_are():
    pictures = [tissue(seed, SIDE_PX, SIDE_PX) for seed in range(2)]
    pictures[0][:, :40] = 30
    bands = np.repeat(np.arange(SIDE_PX, dtype=np.uint8)[:, None] // 2, SIDE_PX, axis=1)
    boxes = panels(figure([*pictures, bands], gutter_px=10))
    assert {(box.left, box.right) for box in boxes if box.right <= 730} == {(40, 360), (370, 730)}
    assert (max(box.bottom for box in boxes), max(box.right for box in boxes)) == (360, 1100)


def lettered(whole: Grey, at: list[tuple[int, int]]) -> Grey:
    """The figure with a white box and a letter over each of some corners."""
    whole = whole.copy()
    for letter, (top, left) in zip("ABCDEFGHI", at, strict=False):
        whole[max(0, top - 22) : top + 22, max(0, left - 22) : left + 22] = 255
        place = (max(0, left - 18), top + 16)
        cv2.putText(whole, letter, place, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 0, 2)
    return whole


@pytest.mark.parametrize(("px", "level"), [(8, 255), (6, 0), (2, 255)])
def test_letters_over_the_gutters_do_not_hide_them(px: int, level: int):
    pictures = [tissue(seed, SIDE_PX, SIDE_PX) for seed in range(4)]
    whole = figure(pictures[:2], pictures[2:], gutter_px=px, gutter=level)
    corners = [
        (row * (SIDE_PX + px), column * (SIDE_PX + px)) for row in (0, 1) for column in (0, 1)
    ]
    boxes = panels(printed(lettered(whole, corners)))
    found = np.array([(box.top, box.left) for box in boxes])
    assert len(found) == 4
    assert np.abs(found - corners).max() <= px + 2


def test_text_above_and_below_a_figure_does_not_hide_its_gutters(pictures: list[Grey]):
    whole = figure(pictures[:2], pictures[2:4], gutter_px=8)
    page = np.asarray(
        cv2.copyMakeBorder(whole, 60, 90, 40, 40, cv2.BORDER_CONSTANT, value=255), np.uint8
    )
    for line in (24, 50, len(page) - 60, len(page) - 30):
        words = (40, line)
        cv2.putText(page, "A figure, and its legend of words", words, 0, 0.9, 0, 2)
    assert len(panels(printed(page))) == 4
    known = [item(f"a/{at}", picture) for at, picture in enumerate(pictures[:4])]
    pairs = found([item("b/page", printed(page))], known)
    assert pairs == {(f"a/{at}", "b/page"): "part" for at in range(4)}


@pytest.mark.parametrize("seed", range(6))
def test_one_picture_is_one_panel(seed: int):
    picture = radiograph(seed, size=(500, 600))
    assert [tuple(box) for box in panels(picture)] == [(0, 0, *picture.shape)]
    assert extract(picture).panels == ()


@pytest.mark.parametrize("gutter", crossed([*GUTTERS], fast=1))
def test_every_panel_of_nine_is_found_as_a_part(pictures: list[Grey], gutter: str):
    px, level = GUTTERS[gutter]
    whole = printed(
        figure(*(pictures[at : at + 3] for at in (0, 3, 6)), gutter_px=px, gutter=level)
    )
    known = [item(f"a/{at}", picture) for at, picture in enumerate(pictures)]
    stranger = item("a/stranger", radiograph(99, size=(SIDE_PX, SIDE_PX)))
    pairs = found([item("b/figure", whole)], [*known, stranger])
    assert pairs == {(f"a/{at}", "b/figure"): "part" for at in range(9)}


def test_a_panel_that_was_cropped_for_the_figure_is_found(pictures: list[Grey]):
    wide = [tissue(seed, 400, 560) for seed in range(4)]
    middles = [picture[:, 100:460] for picture in wide]
    whole = figure([m[:360] for m in middles[:2]], [m[:360] for m in middles[2:]], gutter_px=8)
    known = [item(f"a/{at}", picture) for at, picture in enumerate(wide)]
    pairs = found([item("b/figure", printed(whole))], known)
    assert pairs == {(f"a/{at}", "b/figure"): "part" for at in range(4)}


def test_two_figures_that_share_a_panel_share_a_part(pictures: list[Grey]):
    one = figure(pictures[:2], pictures[2:4], gutter_px=8)
    two = figure(pictures[4:6], [pictures[6], pictures[0]], gutter_px=8, gutter=0)
    assert found([item("a/one", one)], [item("b/two", two)]) == {("a/one", "b/two"): "part"}
    other = figure(pictures[4:6], pictures[6:8], gutter_px=8)
    assert found([item("a/one", one)], [item("b/other", other)]) == {}


def test_a_figure_and_its_smaller_copy_are_copies_and_no_parts(pictures: list[Grey]):
    whole = figure(pictures[:2], pictures[2:4], gutter_px=8)
    smaller = printed(cv2.resize(whole, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA))
    pairs = found([item("a/figure", whole)], [item("b/smaller", smaller)])
    assert pairs == {("a/figure", "b/smaller"): "resized"}


def test_the_features_of_a_figure_are_bounded_and_survive_the_cache():
    random = np.random.default_rng(1)
    noise = [random.integers(0, 256, (300, 300)).astype(np.uint8) for _ in range(20)]
    whole = figure(*(noise[at : at + 5] for at in (0, 5, 10, 15)), gutter_px=10)
    features = extract(whole)
    assert len(features.panels) == MOST_PANELS
    assert len(features.points) <= MAX_FIGURE_POINTS
    assert features.picture().shape == frame_shape(whole)
    assert max(frame_shape(whole)) <= MAX_FIGURE_PX
    raw = features.to_bytes()
    assert len(raw) <= MAX_FIGURE_BYTES
    again = Features.from_bytes(raw)
    assert again.to_bytes() == raw
    assert again.panels == features.panels
    with pytest.raises(ValueError, match="again"):
        Features.from_bytes(raw[:18] + b"\xff\xff" + raw[20:])  # the first panel's points
    for panel, codes in zip(features.panels, features.codes_by_panel(), strict=True):
        assert len(codes) == panel.points
