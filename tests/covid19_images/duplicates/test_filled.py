"""Of two copies of one size, the one that was not rotated or shifted is kept."""

import cv2
import numpy as np
import pytest

from covid19_images.duplicates.filled import filled_share
from covid19_images.duplicates.found import found_among
from tests.covid19_images.duplicates.pictures import Grey, item, tissue

PICTURE = tissue(3, 420, 400)


def moved(angle_degrees: float = 0, across_px: int = 0, fill: int = 0) -> Grey:
    height, width = PICTURE.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle_degrees, 1)
    matrix[0, 2] += across_px
    made = cv2.warpAffine(PICTURE, matrix, (width, height), borderValue=fill)
    return made.astype(np.uint8)


@pytest.mark.parametrize(
    "copy",
    [moved(5), moved(-10), moved(5, fill=255), moved(across_px=30), moved(3, across_px=-20)],
    ids=["5 degrees", "-10 degrees", "white ground", "shifted", "both"],
)
def test_the_original_is_kept_whatever_the_names_are(copy: Grey) -> None:
    for original, other in (("a.png", "b.png"), ("b.png", "a.png")):
        found = found_among({original: item(original, PICTURE), other: item(other, copy)})
        assert {name: kept.of for name, kept in found.copies.items()} == {other: original}


def test_a_copy_that_is_larger_is_kept_all_the_same() -> None:
    large = cv2.resize(moved(5), (800, 840))
    items = {"a.png": item("a.png", PICTURE), "b.png": item("b.png", large)}
    assert set(found_among(items).copies) == {"a.png"}


def test_brighter_copies_are_filled_as_much_as_the_original() -> None:
    brighter = np.clip(PICTURE * 1.1, 0, 255).astype(np.uint8)
    shares = [filled_share(item("a", grey).features) for grey in (PICTURE, brighter)]
    assert shares == [0.0, 0.0]
    assert filled_share(item("a", np.zeros((200, 200), np.uint8)).features) == 1.0
