"""A plane that is compressed as JPEG compressed another one loses the same of its noise."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from covid19_images.duplicates.volumes.compression import compressed, corner_of, steps

_SIDE = 64
_WAYS = {
    "as it is": np.eye(2, 3),
    "cropped": np.array([[1, 0, -3], [0, 1, -13.0]]),
    "mirrored": np.array([[-1, 0, _SIDE - 1], [0, 1, 0.0]]),
    "mirrored and cropped": np.array([[-1, 0, _SIDE - 6], [0, -1, _SIDE - 11.0]]),
}

Levels = NDArray[np.float32]


def _noise() -> Levels:
    random = np.random.default_rng(3)
    blurred = cv2.GaussianBlur(random.normal(0, 1, (_SIDE, _SIDE)), (0, 0), 0.7)
    return np.asarray(np.clip(120 + 6 * blurred / blurred.std(), 0, 255), np.float32)


def _as_jpeg(plane: Levels, quality: int) -> Levels:
    _, content = cv2.imencode(".jpg", np.rint(plane), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE), np.float32)


def _left(a: Levels, b: Levels) -> float:
    """Return what two planes do not share, away from their rims, in grey levels."""
    return float((a - b)[12:-20, 12:-20].std())


@pytest.mark.parametrize("quality", [60, 75, 85])
@pytest.mark.parametrize("way", _WAYS)
def test_what_jpeg_takes_is_taken_wherever_its_blocks_begin(way: str, quality: int) -> None:
    plane, matrix = _noise(), _WAYS[way]
    size = _SIDE, _SIDE
    moved, like = (
        np.asarray(cv2.warpAffine(one, matrix, size, flags=cv2.INTER_NEAREST), np.float32)
        for one in (plane, _as_jpeg(plane, quality))
    )
    corner = corner_of(matrix)
    assert corner is not None
    found = compressed(moved, steps(moved, like, corner), corner)
    assert _left(found, like) < 0.6 * _left(moved, like)
    column, row = corner
    astray = (column + 4) % 8, row
    assert _left(compressed(moved, steps(moved, like, astray), astray), like) > _left(found, like)


def test_the_steps_of_a_file_are_found() -> None:
    plane = _noise()
    table = np.array([11, 10, 12, 12])  # of quality 50: cosines with much to round
    for quality, share in ((50, 1), (75, 0.5), (85, 0.3)):
        found = steps(plane, _as_jpeg(plane, quality), (0, 0))[[1, 2, 8, 9]]
        assert found == pytest.approx(table * share, abs=0.7)


def test_a_turned_picture_has_no_blocks_that_are_known() -> None:
    assert corner_of(np.array([[0, -1, 63], [1, 0, 0.0]])) is None


def test_a_plane_without_a_whole_block_stays_as_it_is() -> None:
    plane = _noise()[:14, :40]
    found = compressed(plane, steps(plane, plane, (7, 7)), (7, 7))
    np.testing.assert_array_equal(found, plane)
