"""Search 256-bit perceptual hashes exactly, in all orientations and in the negative.

A flip or a negative negates whole classes of a hash's bits: those of odd rows, of odd columns, of
all. So in any of eight ways a class of 64 bits differs by its distance d or by 64 - d, and what is
near in any way is near in the lesser of both: two classes tell almost all pairs apart, once for
the picture as it is and once for the transposed one.
"""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

SIDE = 16  # imagehash.phash(hash_size=16): the 16 × 16 lowest frequencies
TURNS = 8  # orientations of the square: bit 2 transposes, bit 1 flips rows, bit 0 flips columns
Way = tuple[int, bool]
WAYS: tuple[Way, ...] = tuple(product(range(TURNS), (False, True)))
_WORDS = SIDE * SIDE // 64
_TILE_COLUMNS, _TILE_CELLS = 1 << 14, 1 << 17  # counted at a time: they stay in the cache
_CLASSES = ((0, 1), (1, 0))  # parities of row and column; neither holds the mean brightness

Hashes = NDArray[np.uint64]
Hits = NDArray[np.intp]


def pack(hexes: Sequence[str]) -> Hashes:
    """Read hashes as `str(imagehash.phash(picture, hash_size=16))` writes them.

    Returns:
        Shape (n, 4), most significant word first.
    """
    raw = bytes.fromhex("".join(hexes))
    return np.frombuffer(raw, ">u8").astype(np.uint64).reshape(-1, _WORDS)


def turned(hashes: Hashes, turn: int, inverted: bool) -> Hashes:
    """Return the hashes that the turned (or negative) pictures would have.

    A mirrored picture has its odd-frequency cosine coefficients negated, a transposed one has
    them transposed, a negative all but the first negated. A bit tells a coefficient from the
    median; were that zero, this would be exact. Measured on 301 pictures: transposing errs by 2
    of 256 bits in 99 %, a negative by 3 at most, flips by 7 in the middle and 29 in 99 %. So a
    turned hash proposes; it is never stored.

    Args:
        hashes: Packed hashes, shape (n, 4).
        turn: 0 to 7: transpose (4), then flip top to bottom (2), then left to right (1).
        inverted: Whether the picture is also made negative.
    """
    bits = np.unpackbits(hashes.astype(">u8").view(np.uint8), axis=1).reshape(-1, SIDE, SIDE)
    if turn & 4:
        bits = bits.transpose(0, 2, 1)
    odd = np.arange(SIDE) % 2 == 1
    flips = np.zeros((SIDE, SIDE), bool)
    flips ^= odd[None, :] & bool(turn & 1)
    flips ^= odd[:, None] & bool(turn & 2)
    flips ^= inverted
    flips[0, 0] = False  # the mean brightness stays the largest coefficient
    packed = np.packbits((bits ^ flips).reshape(-1, SIDE * SIDE), axis=1)
    return packed.view(">u8").astype(np.uint64)


def undone(turn: int) -> int:
    """Return the orientation that undoes another."""
    return turn & 4 | (turn & 1) << 1 | (turn & 2) >> 1 if turn & 4 else turn


def within(new: Hashes, known: Hashes, radius_bits: int) -> Hits:
    """Find every new hash that differs from a known one in few bits, in whichever way it is turned.

    Args:
        new: Packed hashes, shape (n, 4).
        known: Packed hashes, shape (m, 4).
        radius_bits: Largest distance wanted.

    Returns:
        Row of `new`, row of `known`, number of the way in `WAYS` and distance, (k, 4); exact.
    """
    found = [np.empty((0, 4), np.intp)]
    ways = [turned(new, *way) for way in WAYS]
    for rows, columns in _perhaps(new, known, radius_bits):
        for way, hashes in enumerate(ways):
            bits = np.bitwise_count(hashes[rows] ^ known[columns]).sum(1, dtype=np.intp)
            near = np.flatnonzero(bits <= radius_bits)
            way_of = np.full(len(near), way)
            found.append(np.stack([rows[near], columns[near], way_of, bits[near]], axis=1))
    return np.unique(np.concatenate(found), axis=0)


def _perhaps(
    new: Hashes, known: Hashes, radius_bits: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield the pairs whose classes do not rule out that they are near in some way."""
    there = _classes(known)
    asked = np.stack([_classes(new), _classes(turned(new, turn=4, inverted=False))])
    for left in range(0, len(known), _TILE_COLUMNS):
        tile = there[:, left : left + _TILE_COLUMNS]
        step = max(1, _TILE_CELLS // tile.shape[1])
        for top in range(0, len(new), step):
            near = np.zeros((len(new[top : top + step]), tile.shape[1]), bool)
            for hashes in asked:
                least = np.zeros(near.shape, np.uint8)
                for mine, others in zip(hashes[:, top : top + step], tile, strict=True):
                    bits = np.bitwise_count(mine[:, None] ^ others)
                    least += np.minimum(bits, 64 - bits)
                near |= least <= radius_bits
            rows, columns = np.nonzero(near)
            if len(rows):
                yield rows + top, columns + left


def _classes(hashes: Hashes) -> Hashes:
    """Return the bits of each class as one word, (classes, n)."""
    bits = np.unpackbits(hashes.astype(">u8").view(np.uint8), axis=1).reshape(-1, SIDE, SIDE)
    packed = [
        np.packbits(bits[:, row::2, column::2].reshape(len(bits), SIDE * SIDE // 4), axis=1).view(
            np.uint64
        )
        for row, column in _CLASSES
    ]
    return np.stack(packed)[..., 0]
