"""Search a million 256-bit hashes exactly, in blocks and through sixteen tables.

    python -m benchmarks.duplicates_hamming [HELD] [NEW]

One held hash in a hundred is a new one with 0 to 40 bits flipped; both ways must find the same.
"""

import resource
import sys
import time

import numpy as np

from covid19_images.duplicates import hamming
from covid19_images.duplicates.transforms import HASH_RADIUS_BITS


def main(held_count: int, new_count: int) -> None:
    """Print seconds and memory."""
    random = np.random.default_rng(0)
    held = random.integers(0, 2**63, (held_count, 4), np.uint64)
    new = random.integers(0, 2**63, (new_count, 4), np.uint64)
    for row in range(0, held_count, 100):
        bits = np.zeros(256, np.uint8)
        bits[random.choice(256, random.integers(0, 41), replace=False)] = 1
        held[row] = new[row % new_count] ^ np.packbits(bits).view(np.uint64)
    found = []
    for search in (hamming._by_blocks, hamming._by_tables):  # noqa: SLF001
        began = time.perf_counter()
        parts = list(search(new, held, HASH_RADIUS_BITS))
        seconds = time.perf_counter() - began
        pairs = np.unique(np.concatenate([np.stack(part, 1) for part in parts]), axis=0)
        found.append(pairs)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{search.__name__[4:]:8} {new_count:,} new x {held_count:,} held: {seconds:7.2f} s, "
            f"{len(pairs):,} pairs, peak {peak:,.0f} MB"
        )
    print("same answers" if np.array_equal(found[0], found[1]) else "DIFFERENT ANSWERS")


if __name__ == "__main__":
    main(*(int(word) for word in (sys.argv[1:] + ["1000000", "1600"][len(sys.argv) - 1 :])))
