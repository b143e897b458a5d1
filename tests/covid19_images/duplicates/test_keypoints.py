import cv2
import numpy as np
import pytest

from covid19_images.duplicates import Same, extract
from covid19_images.duplicates.engine import find
from covid19_images.duplicates.keypoints import STEPS_PER_PX, keypoints, squarer
from tests.covid19_images.duplicates.pictures import item, tissue


@pytest.mark.parametrize("seed", [0, 2])
@pytest.mark.parametrize("size", [(400, 210), (280, 300)], ids=["flatter", "narrower"])
def test_a_picture_that_was_squeezed_by_a_third_and_cropped_is_found(seed, size):
    picture = tissue(seed, 300, 400)
    squeezed = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)[10:-14, 20:-14]
    copy = item("there/squeezed", np.ascontiguousarray(squeezed))
    [pair] = find([copy], [item("here/picture", picture), item("here/other", tissue(9))])
    assert pair.a == "here/picture"
    assert isinstance(pair.verdict, Same)


@pytest.mark.parametrize("shape", [(224, 100), (100, 224), (200, 200)])
def test_keypoints_lie_in_the_frame_where_the_picture_has_them(shape):
    x, y = shape[1] // 3, shape[0] // 2
    down, across = np.indices(shape)
    dot = (90 + 160 * np.exp(-((down - y) ** 2 + (across - x) ** 2) / 32)).astype(np.uint8)
    places, described = keypoints(dot, 50)
    assert described.shape == (len(places), 128)
    assert np.linalg.norm(places / STEPS_PER_PX - (x, y), axis=1).min() < 1


def test_the_squarer_picture_differs_by_seven_eighths():
    height, width = squarer(126, 224)
    assert width == 224
    assert abs(width / height - (224 / 126) ** 0.875) < 0.02
    assert squarer(224, 126) == (width, height)
    assert squarer(150, 150) == (150, 150)


def test_a_narrow_strip_has_no_keypoints():
    assert len(extract(np.zeros((15, 200), np.uint8)).points) == 0
