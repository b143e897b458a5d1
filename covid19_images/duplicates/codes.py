"""Turn SIFT descriptors into binary codes and words that know their own mirror image.

A descriptor is 4 × 4 cells of 8 gradient directions, relative to the keypoint's own direction.
Mirroring the picture or taking its negative only permutes these 128 numbers, and the two
permutations make a group of four. When the hyperplanes of the code come in such fours, the code
of the permuted descriptor is the same code with its groups exchanged: variant v of group g is
group g ^ v. So mirrored and inverted copies are found from stored codes, without descriptors.

The hyperplanes sum to zero over all cells of one kind (centre, edge, corner) and one absolute
direction, which removes the mean that all descriptors share: it takes the place of training.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

INVERTED, MIRRORED = 1, 2
VARIANTS = (0, INVERTED, MIRRORED, INVERTED | MIRRORED)
GROUP_BITS = 48
_SEED = 0
_WORD_BITS = 24
CODE_BYTES = len(VARIANTS) * GROUP_BITS // 8
WORDS = len(VARIANTS) * GROUP_BITS // _WORD_BITS

_ROW, _COLUMN, _DIRECTION = (axis.reshape(-1) for axis in np.indices((4, 4, 8)))


def permutation(variant: int) -> NDArray[np.intp]:
    """Return where each of the 128 numbers goes when the picture is inverted or mirrored."""
    row, column, direction = _ROW, _COLUMN, _DIRECTION
    if variant & INVERTED:  # the keypoint's direction turns by 180 degrees
        row, column = 3 - row, 3 - column
    if variant & MIRRORED:  # the patch is reflected across the keypoint's direction
        row, direction = 3 - row, -direction % 8
    return np.asarray((row * 4 + column) * 8 + direction, np.intp)


@cache
def projections() -> NDArray[np.float32]:
    """Draw the fixed hyperplanes, (128, 192) float32: 48 for each of the four variants."""
    planes = np.random.default_rng(_SEED).standard_normal((128, GROUP_BITS)).astype(np.float32)
    outer = np.isin(_ROW, (0, 3)).astype(int) + np.isin(_COLUMN, (0, 3))
    kind = outer * 5 + np.minimum(_DIRECTION, 8 - _DIRECTION)
    for one in np.unique(kind):
        planes[kind == one] -= planes[kind == one].mean(0)
    return np.concatenate([planes[permutation(variant)] for variant in VARIANTS], axis=1)


def varied(codes: NDArray[np.uint8], variant: int) -> NDArray[np.uint8]:
    """Return the codes that the inverted or mirrored picture would have, (n, 24) uint8."""
    grouped = codes.reshape(len(codes), len(VARIANTS), GROUP_BITS // 8)
    exchanged = grouped[:, np.arange(len(VARIANTS)) ^ variant]
    return np.ascontiguousarray(exchanged.reshape(codes.shape))


def grouped_words(codes: NDArray[np.uint8]) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Cut codes into 24-bit words, and say which group each is from.

    Args:
        codes: (n, 24) uint8.

    Returns:
        The words, (8n,) uint32, those of a group's second half marked by bit 24; their groups,
        0 to 3, (8n,) uint8.
    """
    parts = codes.reshape(len(codes), len(VARIANTS), WORDS // len(VARIANTS), _WORD_BITS // 8)
    values = np.zeros(parts.shape[:-1], np.uint32)
    values[..., 1] = 1  # shifted up to bit 24 below
    for byte in range(parts.shape[-1]):
        values = values << np.uint32(8) | parts[..., byte]
    groups = np.broadcast_to(np.arange(len(VARIANTS), dtype=np.uint8)[:, None], values.shape)
    return values.reshape(-1), groups.reshape(-1)
