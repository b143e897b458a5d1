"""Compress a plane as JPEG has compressed another, so that both lost the same of their noise.

JPEG rounds the cosines of blocks of 8 × 8 pixels to steps, and takes most where there is least. Two
pictures of one exposure are alike again once both are rounded; those of two exposures are not.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from covid19_images.duplicates.volumes.grid import Plain, Values

_BLOCK = 8
_STEPS = np.array(  # ITU-T T.81, table K.1: of grey levels, at quality 50
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    np.float32,
).ravel()
# How many of these steps: quality 97 to 35, also of other windows.
_STRENGTHS = np.geomspace(0.06, 1.5, 24, dtype=np.float32)
_ROUNDED = np.linspace(0.8, 1.2, 9, dtype=np.float32)  # steps are whole numbers in a file

Corner = tuple[int, int]
Cosines = NDArray[np.float32]
Steps = NDArray[np.float32]


def corner_of(matrix: Plain) -> Corner | None:
    """Return where blocks of a picture begin in a grid, column and row below 8; `None` for turned.

    JPEG's table is another one for columns than for rows.

    Args:
        matrix: 2 × 3, from pixels of the picture to those of the grid: a shift of whole pixels,
            perhaps mirrored.
    """
    if not matrix[0, 0]:
        return None
    # A mirrored axis runs to the left of its first pixel, which is whole itself.
    starts = np.rint(matrix[:, 2]) + (np.diag(matrix) < 0)
    column, row = (starts % _BLOCK).astype(int).tolist()
    return column, row


def steps(plane: Values, like: Values, corner: Corner) -> Steps:
    """Return the steps by which the cosines of a plane are most like those of another.

    Args:
        plane: Grey levels that may not have been compressed.
        like: Those that have, in the same levels.
        corner: Where blocks begin.

    Returns:
        (64,), as the table at one strength has them; each is near to it, as programs round it.
    """
    mine, theirs = (_cosines(_blocks(one, corner)) for one in (plane, like))
    whole = [float(_left(mine, theirs, _STEPS * by)[1:].sum()) for by in _STRENGTHS]
    table = _STEPS * _STRENGTHS[int(np.argmin(whole))]
    around = np.stack([_left(mine, theirs, table * by) for by in _ROUNDED])
    return np.asarray(table * _ROUNDED[np.argmin(around, axis=0)], np.float32)


def _left(mine: Cosines, theirs: Cosines, steps: Steps) -> NDArray[np.float64]:
    """Return what is left of each cosine, (64,), once the others are rounded and taken away."""
    found = np.square(_rounded(mine, steps) - theirs).sum(axis=(0, 1), dtype=np.float64)
    return np.asarray(found)


def compressed(plane: Values, steps: Steps, corner: Corner) -> Values:
    """Return a plane as JPEG leaves it, apart from blocks that are cut off.

    Args:
        plane: Grey levels.
        steps: By which cosines are rounded, as `steps` returns them.
        corner: Where blocks begin.
    """
    blocks = _blocks(plane, corner)
    high, wide = blocks.shape[:2]
    rounded = _rounded(_cosines(blocks), steps).reshape(blocks.shape)
    levels = fft.idctn(rounded, axes=(2, 3), norm="ortho").transpose(0, 2, 1, 3)
    found, (column, row) = plane.copy(), corner
    inside = slice(row, row + high * _BLOCK), slice(column, column + wide * _BLOCK)
    found[inside] = levels.reshape(high * _BLOCK, wide * _BLOCK)
    return found


def _blocks(plane: Values, corner: Corner) -> Cosines:
    """Return whole blocks, (rows of blocks, blocks of a row, 8, 8)."""
    column, row = corner
    sides = zip(plane.shape, (row, column), strict=True)
    high, wide = ((side - start) // _BLOCK for side, start in sides)
    inside = plane[row : row + high * _BLOCK, column : column + wide * _BLOCK]
    return inside.reshape(high, _BLOCK, wide, _BLOCK).transpose(0, 2, 1, 3)


def _cosines(blocks: Cosines) -> Cosines:
    """Return the cosines of blocks, (rows of blocks, blocks of a row, 64), their means first."""
    found = fft.dctn(blocks, axes=(2, 3), norm="ortho")
    return np.asarray(found.reshape(*blocks.shape[:2], _BLOCK**2), np.float32)


def _rounded(cosines: Cosines, steps: Steps) -> Cosines:
    """Return cosines in steps; means stay, as a window moves them anyhow."""
    found = np.rint(cosines / steps) * steps
    found[..., 0] = cosines[..., 0]
    return np.asarray(found)
