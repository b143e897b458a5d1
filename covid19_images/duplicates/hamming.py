"""Search 256-bit perceptual hashes exactly, in all orientations and in the negative.

Small sets are compared in blocks that stay in the processor's cache; large ones through multi-index
hashing (Norouzi, Punjani and Fleet, "Fast search in Hamming space with multi-index hashing", CVPR
2012): two hashes within `radius` bits must come within `radius // 16` bits in one of sixteen 16-bit
chunks, so sixteen tables of chunks give every answer with a thirtieth of the comparisons. Memory,
not counting, is their limit, so they win only where both sides are large: 16,000 against a million
take 47 s instead of 82 (benchmarks/duplicates_hamming.py).
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

SIDE = 16  # imagehash.phash(hash_size=16): the 16 × 16 lowest frequencies
TURNS = 8  # orientations of the square: bit 2 transposes, bit 1 flips rows, bit 0 flips columns
Way = tuple[int, bool]
WAYS: tuple[Way, ...] = tuple(product(range(TURNS), (False, True)))
_WORDS = SIDE * SIDE // 64
_CHUNKS = 16
_TABLE_CELLS = 1 << 20  # of tables looked at a time: about 25 MB while counting
_NEAR_CELLS = 1 << 19  # of distances counted at a time: they stay in the processor's cache
_WORTH_TABLES = 16_000  # hashes on both sides from which tables win: benchmarks/duplicates_hamming

Hashes = NDArray[np.uint64]
Hits = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.uint16]]


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
    """Find every pair of a new and a known hash that differ in at most `radius_bits` bits.

    Args:
        new: Packed hashes, shape (n, 4).
        known: Packed hashes, shape (m, 4).
        radius_bits: Largest distance wanted.

    Returns:
        Rows of `new`, rows of `known` and distances, sorted; exact whatever the size.
    """
    worth = min(len(new), len(known)) >= _WORTH_TABLES and radius_bits < 3 * _CHUNKS
    search = _by_tables if worth else _by_blocks
    found = [*search(new, known, radius_bits)] or [(np.empty(0, np.intp),) * 2]
    pairs = np.unique(np.concatenate([np.stack(rows, 1) for rows in found]), axis=0)
    bits = np.bitwise_count(new[pairs[:, 0]] ^ known[pairs[:, 1]]).sum(1, dtype=np.uint16)
    return pairs[:, 0], pairs[:, 1], bits


def _by_blocks(
    new: Hashes, known: Hashes, radius_bits: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    step = max(1, _NEAR_CELLS // max(1, len(known)))

    def near(top: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        block = new[top : top + step]
        bits = np.zeros((len(block), len(known)), np.uint16)
        for word in range(_WORDS):
            bits += np.bitwise_count(block[:, None, word] ^ known[None, :, word])
        rows, columns = np.nonzero(bits <= radius_bits)
        return rows + top, columns

    with ThreadPoolExecutor(os.cpu_count()) as threads:  # NumPy counts bits without the GIL
        yield from threads.map(near, range(0, len(new), step))


def _by_tables(
    new: Hashes, known: Hashes, radius_bits: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    probes = _probes(radius_bits // _CHUNKS)
    new_chunks, known_chunks = _chunks(new), _chunks(known)
    step = max(1, _TABLE_CELLS // (len(probes) * max(1, len(known) >> 16)))

    def near(
        chunk: int, order: NDArray[np.intp], starts: NDArray[np.intp], top: int
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        values = new_chunks[top : top + step, chunk, None] ^ probes
        first, last = starts[values].ravel(), starts[values + 1].ravel()
        rows = top + np.repeat(np.arange(values.size) // len(probes), last - first)
        columns = order[ranges(first, last)]
        close = np.bitwise_count(known[columns] ^ new[rows]).sum(1) <= radius_bits
        return rows[close], columns[close]

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for chunk in range(_CHUNKS):
            table = _table(known_chunks[:, chunk])
            yield from threads.map(partial(near, chunk, *table), range(0, len(new), step))


def _table(chunks: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Sort hashes by one chunk; give their order, and where each value of the chunk begins."""
    order = np.argsort(chunks, kind="stable")
    return order, np.searchsorted(chunks[order], np.arange((1 << 16) + 1))


def ranges(starts: NDArray[np.intp], ends: NDArray[np.intp]) -> NDArray[np.intp]:
    """Count through all ranges, one after the other."""
    lengths = ends - starts
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(lengths.sum())


def _chunks(hashes: Hashes) -> NDArray[np.int32]:
    """Deal the bits out to sixteen chunks by diagonals: low frequencies alone say little."""
    bits = np.unpackbits(hashes.astype(">u8").view(np.uint8), axis=1).reshape(-1, SIDE, SIDE)
    row, column = np.indices((SIDE, SIDE))
    dealt = np.empty_like(bits)
    dealt[:, (row + column) % SIDE, row] = bits
    return np.packbits(dealt, axis=2).view(">u2")[..., 0].astype(np.int32)


def _probes(flips: int) -> NDArray[np.int32]:
    masks = [
        sum(1 << bit for bit in some)
        for count in range(flips + 1)
        for some in combinations(range(16), count)
    ]
    return np.array(masks, np.int32)
