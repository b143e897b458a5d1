"""Find the panels of a figure: pictures that a publication printed side by side.

A figure is cut as with a guillotine, along straight lines from side to side: plain gutters, edges
of gutters with letters or text in them, and seams, where one picture ends and the next begins
within two pixels on much of the line and not beside it. Seams of two black borders are not seen,
and a straight edge of a collimator may be taken for one; that costs time and no more, because
panels only decide how closely a picture is looked at.
"""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

MOST_PANELS = 20
_LEAST_SIDE = 0.2  # of the figure's short side; narrower strips are scales, captions and borders
_LOOKED_AT_PX = 1000
_LINES_LOOKED_AT = 128  # of a part, across each cut
_PLAIN = 10  # grey levels between the darkest and the brightest pixel of a gutter's line
_STEP = 12  # grey levels across a seam
_SEAM = 0.35  # share of the line that steps, beyond that of the lines beside it
_EDGE = 0.55  # the same for the edge of a gutter
_BESIDE_PX = (5, 6, 8)
_TEXTURE = 12.0  # grey levels; standard deviation of a picture worth to be a panel

Picture = NDArray[np.uint8]


class Box(NamedTuple):
    """A rectangle in pixels: the first row and column, and those after the last."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def long_side(self) -> int:
        """The larger of height and width."""
        return max(self.bottom - self.top, self.right - self.left)


def panels(grey: Picture) -> list[Box]:
    """Return the panels of a figure, the topmost first; of one picture, the whole.

    Args:
        grey: Grey levels, (h, w) uint8.
    """
    step = max(1, max(grey.shape) // _LOOKED_AT_PX)  # no averages: they would blur the seams
    small = np.ascontiguousarray(grey[::step, ::step])
    whole = Box(0, 0, *small.shape)
    least = max(16, round(_LEAST_SIDE * min(small.shape)))
    found = sorted(_cut(small, whole, least))
    if not 1 < len(found) <= MOST_PANELS:
        return [Box(0, 0, *grey.shape)]
    return [_enlarged(_trimmed(small, box, least // 2), step, grey.shape) for box in found]


def _enlarged(box: Box, step: int, shape: tuple[int, ...]) -> Box:
    height, width = shape
    top, left, bottom, right = (edge * step for edge in box)
    return Box(top, left, min(bottom, height), min(right, width))


def _trimmed(grey: Picture, box: Box, least: int) -> Box:
    """Return a panel without the plain lines at its edges: what is left of gutters and margins."""
    part = _inside(grey, box)
    down, across = (np.flatnonzero(np.ptp(part, axis=axis) > _PLAIN) for axis in (1, 0))
    if min(len(down), len(across)) < least:
        return box  # bands of one grey level, and nothing else
    top, bottom, left, right = (int(lines[at]) for lines in (down, across) for at in (0, -1))
    return Box(box.top + top, box.left + left, box.top + bottom + 1, box.left + right + 1)


def _cut(grey: Picture, box: Box, least: int) -> Iterator[Box]:
    part = _inside(grey, box)
    for axis in (0, 1):
        if (at := _line(part if axis == 0 else part.T, least)) is None:
            continue
        halves = _halves(box, axis, at)
        if all(_inside(grey, half).std() >= _TEXTURE for half in halves):
            for half in halves:
                yield from _cut(grey, half, least)
            return
    yield box


def _line(part: Picture, least: int) -> int | None:
    """Return the row at which a part is best cut."""
    height, width = part.shape
    if height < 2 * least:
        return None
    levels = np.ascontiguousarray(part[:, :: max(1, width // _LINES_LOOKED_AT)])
    across = cv2.absdiff(levels[2:], levels[:-2]) >= _STEP  # row i: across row i + 1
    steps = np.count_nonzero(across, axis=1) / levels.shape[1]
    clear = _clear(steps)
    clear[np.ptp(levels[1:-1], axis=1) <= _PLAIN] = 1.0
    clear[: least - 1] = clear[len(clear) - least + 1 :] = 0.0
    at = int(clear.argmax())
    return at + 1 if clear[at] >= _SEAM else None


def _clear(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much more of each line steps than of those beside it.

    A gutter's edge has the other edge on one of its sides, so there the quieter side counts, but
    more has to step: the quieter side of an edge in a picture is more often quiet by chance.
    """
    far = max(_BESIDE_PX)
    padded = np.pad(steps, far, mode="edge")
    above, below = (
        np.stack([padded[far + sign * px :][: len(steps)] for px in _BESIDE_PX]) for sign in (-1, 1)
    )
    seam = steps - np.maximum(above, below).max(axis=0)
    edge = steps - np.minimum(above, below).max(axis=0)
    return np.asarray(np.maximum(seam, edge - (_EDGE - _SEAM)), np.float64)


def _inside(grey: Picture, box: Box) -> Picture:
    return grey[box.top : box.bottom, box.left : box.right]


def _halves(box: Box, axis: int, at: int) -> tuple[Box, Box]:
    if axis == 0:
        return box._replace(bottom=box.top + at), box._replace(top=box.top + at)
    return box._replace(right=box.left + at), box._replace(left=box.left + at)
