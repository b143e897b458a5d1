"""Lay a copy on its original, by the map that the engine found between the two.

The map stands in the pair, rounded to a tenth of a pixel of the frame it was found in: registering
again would cost the features of both and give the same.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from covid19_images.duplicates.features import frame_shape
from flows.night.plan.previews.thumbnails import Levels, encoded, image, shrunk
from flows.proposal.changes import NewDuplicate
from flows.proposal.pictures import PairPictures

LONGEST_PX = 384
_NOTHING = 128  # grey where a picture does not reach; neither film nor paper
_WHOLE = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]])

Matrix = NDArray[np.float64]


def lay(copy: Levels, original: Levels, found: NewDuplicate) -> PairPictures:
    """Draw both pictures of a pair, the copy warped onto the original.

    Args:
        copy: Shape (height, width) or (height, width, channels).
        original: Likewise.
        found: Whose picture is which, and the map between them.
    """
    below = shrunk(image(original), LONGEST_PX)
    matrix = _map(copy, original, found)
    if matrix is None:
        return _side_by_side(shrunk(image(copy), LONGEST_PX), below)
    return PairPictures(encoded(_warped(image(copy), matrix, below.size)), encoded(below), True)


def _map(copy: Levels, original: Levels, found: NewDuplicate) -> Matrix | None:
    """Return the map from the copy to the original, in fractions from edge to edge, (3, 3)."""
    pair = found.pair
    if pair.kind in ("bytes", "pixels"):
        return _WHOLE
    numbers = [float(word) for word in pair.transform.split() if word != "inverted"]
    if len(numbers) != 6:
        return None
    a, b = (copy, original) if found.copy == pair.a else (original, copy)
    matrix = _from_edge_to_edge(np.array([*numbers, 0, 0, 1]).reshape(3, 3), a, b)
    return matrix if found.copy == pair.a else np.asarray(np.linalg.inv(matrix), np.float64)


def _from_edge_to_edge(matrix: Matrix, a: Levels, b: Levels) -> Matrix:
    """Undo that the engine counts from the centre of the first pixel of its frames."""
    return _half(b, 1) @ matrix @ _half(a, -1)


def _half(levels: Levels, sign: int) -> Matrix:
    grey = levels if levels.ndim == 2 else cv2.cvtColor(levels[..., :3], cv2.COLOR_RGB2GRAY)
    height, width = frame_shape(np.asarray(grey, np.uint8))
    shifted = _WHOLE.copy()
    shifted[:2, 2] = sign * 0.5 / width, sign * 0.5 / height
    return shifted


def _warped(picture: Image.Image, matrix: Matrix, size: tuple[int, int]) -> Image.Image:
    onto = np.diag([*size, 1.0]) @ matrix
    scale = float(np.sqrt(abs(np.linalg.det(onto[:2, :2])) / (picture.width * picture.height)))
    small = shrunk(picture, max(1, round(max(picture.size) * scale)))  # no aliasing
    centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    pixels = np.linalg.inv(centre) @ onto @ np.diag([1 / small.width, 1 / small.height, 1]) @ centre
    beyond = (_NOTHING,) * 3
    laid = cv2.warpAffine(np.asarray(small), pixels[:2], size, borderValue=beyond)
    return Image.fromarray(np.asarray(laid, np.uint8))


def _side_by_side(copy: Image.Image, original: Image.Image) -> PairPictures:
    size = max(copy.width, original.width), max(copy.height, original.height)
    return PairPictures(encoded(_padded(copy, size)), encoded(_padded(original, size)), False)


def _padded(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    paper = Image.new(picture.mode, size, (_NOTHING,) * len(picture.getbands()))
    paper.paste(picture, ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2))
    return paper
