"""What becomes of the candidates of a first import: asked how shared words lie, compared, pairs.

    python -m benchmarks.candidates ../shared/upstreams/*.bundle

Each candidate that words alone propose is asked and compared too, one after the other, so that both
costs are of the same machine in the same minute. The index of a candidate's first picture is made
before: a first import asks for it some hundred times. A pair that only comparing finds is lost.
"""

import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import cv2

from benchmarks.duplicates_pictures import describe_all, files
from covid19_images.duplicates import blocks
from covid19_images.duplicates.arrangement import is_alike
from covid19_images.duplicates.engine import Candidate, candidates
from covid19_images.duplicates.picture import Item
from covid19_images.duplicates.verdict import Different, decide

_SHARED = (11, 14, 21, 41, 10**6)  # words, at least


def _candidates(items: list[Item]) -> list[tuple[int, Candidate]]:
    """Return the candidates that words alone propose, and how many words they share."""
    signs = list(blocks.search([(one.phash, one.features) for one in items], []))
    shared: Counter[tuple[int, int]] = Counter()
    for a, b, what, count in signs:
        pair = min(a, b), max(a, b)
        shared[pair] = max(shared[pair], count * (what >= blocks.VARIANT))
    found = candidates(items, range(len(items)), signs)
    print(f"{len(items):,} pictures, {len(found):,} candidates")
    return [
        (shared[i, j], (items[i], items[j], hint))
        for i, j, hint in found
        if hint.variants and not hint.turns
    ]


def main(places: list[Path]) -> None:
    """Print the table."""
    cv2.setNumThreads(1)
    items = [one for one in describe_all(list(files(places))) if "blank" not in one.quality]
    rows = _candidates(sorted(items, key=lambda item: item.key))
    print(f"\n{'shared words':>12} {'asked':>7} {'alike':>7} {'pairs':>7} {'lost':>5} ", end="")
    print(f"{'ms to ask':>10} {'ms to compare, all':>19} {'those alike':>12}")
    for least, beyond in pairwise(_SHARED):
        _row(least, [one for count, one in rows if least <= count < beyond])


def _row(least: int, some: list[Candidate]) -> None:
    counted: Counter[str] = Counter()
    asking_s = comparing_s = alike_s = 0.0
    for a, b, hint in some:
        is_alike(a.features, a.features, 0)
        began = time.process_time()
        alike = any(is_alike(a.features, b.features, one) for one in hint.variants)
        asked = time.process_time()
        pair = not isinstance(decide(a, b, hint), Different)
        compared = time.process_time()
        counted.update(alike=alike, pairs=pair, lost=pair and not alike)
        asking_s, comparing_s = asking_s + asked - began, comparing_s + compared - asked
        alike_s += (compared - asked) * alike
    each = [1000 * took_s / max(1, len(some)) for took_s in (asking_s, comparing_s, alike_s)]
    print(
        f"{f'>= {least}':>12} {len(some):7,} {counted['alike']:7,} {counted['pairs']:7,} "
        f"{counted['lost']:5} {each[0]:10.2f} {each[1]:19.2f} {each[2]:12.2f}"
    )


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
