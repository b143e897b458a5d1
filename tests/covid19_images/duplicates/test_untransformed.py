"""Of copies of one size, the one that was not rotated, zoomed, shifted or flipped is kept."""

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from covid19_images.duplicates.detail import detail_of
from covid19_images.duplicates.filled import filled_share
from covid19_images.duplicates.found import found_among
from covid19_images.duplicates.mirrored import looks_mirrored
from covid19_images.duplicates.picture import Item
from covid19_images.duplicates.untransformed import untransformed
from tests.covid19_images.duplicates.pictures import Grey, item, tissue


def film(seed: int) -> Grey:
    """Tissue with the grain of a detector."""
    grain = np.random.default_rng(seed).normal(0, 10, (420, 400)).astype(np.float32)
    total = tissue(seed, 420, 400) * 0.8 + 25 + cv2.GaussianBlur(grain, (0, 0), 0.7)
    return np.clip(total, 0, 255).astype(np.uint8)


PICTURE = film(3)


def made(name: str, grey: Grey, **values: Any) -> Item:
    return item(name, grey, detail=detail_of(grey), **values)


def moved(
    picture: Grey = PICTURE,
    *,
    degrees: float = 0,
    across_px: int = 0,
    zoom: float = 1,
    fill: int = 0,
    edge: int = cv2.BORDER_CONSTANT,
) -> Grey:
    height, width = picture.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, zoom)
    matrix[0, 2] += across_px
    copy = cv2.warpAffine(picture, matrix, (width, height), borderMode=edge, borderValue=fill)
    return copy.astype(np.uint8)


def chest() -> Grey:
    """A body with two lungs, and a heart in the picture's right half."""
    picture = tissue(5, 400, 400) // 4 + np.uint8(90)
    for x in (110, 290):
        cv2.ellipse(picture, (x, 210), (70, 130), 0, 0, 360, 30, -1)
    cv2.ellipse(picture, (240, 270), (70, 60), 30, 0, 360, 200, -1)
    return (picture + tissue(6, 400, 400) // 8).astype(np.uint8)


@pytest.mark.parametrize(
    "copy",
    [
        moved(degrees=5),
        moved(degrees=-10),
        moved(degrees=5, fill=255),
        moved(across_px=30),
        moved(degrees=3, across_px=-20),
        moved(zoom=1.1),
        moved(degrees=7, edge=cv2.BORDER_REPLICATE),
        cv2.resize(cv2.resize(PICTURE, (280, 294)), (400, 420), interpolation=cv2.INTER_CUBIC),
    ],
    ids=["5°", "-10°", "white ground", "shifted", "both", "zoomed", "edges", "shrunk and back"],
)
def test_the_original_is_kept_whatever_the_names_are(copy: Grey) -> None:
    for original, other in (("a.png", "b.png"), ("b.png", "a.png")):
        found = found_among({original: made(original, PICTURE), other: made(other, copy)})
        assert {name: kept.of for name, kept in found.copies.items()} == {other: original}


def test_of_a_picture_and_its_mirror_image_the_one_with_the_heart_on_the_left_is_kept() -> None:
    picture = chest()
    mirror = np.ascontiguousarray(picture[:, ::-1])
    for original, other in (("a.png", "b.png"), ("b.png", "a.png")):
        found = found_among({original: made(original, picture), other: made(other, mirror)})
        assert {name: kept.of for name, kept in found.copies.items()} == {other: original}


def test_a_copy_that_is_larger_is_kept_all_the_same() -> None:
    large = cv2.resize(moved(degrees=5), (800, 840))
    items = {"a.png": made("a.png", PICTURE), "b.png": made("b.png", large)}
    assert set(found_among(items).copies) == {"a.png"}


@given(
    st.floats(1, 30) | st.floats(-30, -1),
    st.integers(-40, 40),
    st.floats(0.9, 1.3),
    st.sampled_from([cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT]),
)
@example(1, 0, 1, cv2.BORDER_REFLECT)
def test_no_resampled_copy_is_preferred_to_its_original(
    degrees: float, across_px: int, zoom: float, edge: int
) -> None:
    copy = moved(degrees=degrees, across_px=across_px, zoom=zoom, edge=edge)
    pair = [made("a", copy), made("b", PICTURE)]
    assert [one.key for one in untransformed(pair)] == ["b"]


@given(st.floats(0.8, 1.1), st.integers(-20, 20), st.integers(60, 100))
def test_brighter_and_reencoded_copies_are_as_good_as_the_original(
    contrast: float, brighter: int, quality: int
) -> None:
    copy = np.clip(PICTURE * contrast + brighter, 0, 255).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", copy, [cv2.IMWRITE_JPEG_QUALITY, quality])
    again = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE), np.uint8)
    pair = [made("a", PICTURE), made("b", again)]
    assert "a" in [one.key for one in untransformed(pair)]


def test_added_noise_is_no_detail() -> None:
    noise = np.random.default_rng(1).normal(0, 8, PICTURE.shape)
    noisy = np.clip(PICTURE + noise, 0, 255).astype(np.uint8)
    pair = [made("a", PICTURE), made("b", noisy)]
    assert untransformed(pair) == pair


def test_what_is_not_known_of_all_decides_nothing() -> None:
    pair = [item("a", PICTURE), made("b", moved(degrees=3, edge=cv2.BORDER_REFLECT))]
    assert untransformed(pair) == pair


def test_pictures_without_content_are_not_judged() -> None:
    black = np.zeros((200, 200), np.uint8)
    assert detail_of(black).fineness == 0
    assert not detail_of(tissue(3)).is_clear
    assert filled_share(item("a", black).features) == 1.0
    assert not looks_mirrored(item("a", black).features)
