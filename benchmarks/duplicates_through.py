"""Changed copies of one picture: which are found at once, and which only through their original.

    python -m benchmarks.duplicates_through ../shared/upstreams/*.bundle --originals 16

Real pictures are changed as in `benchmarks.duplicates_transforms`, and all changed ones are looked
for among all others and among the real pictures. A group that holds copies of two pictures which
the real ones do not make copies is false.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from pathlib import Path

from benchmarks.duplicates_pictures import describe_all, files
from benchmarks.duplicates_transforms import CHANGES, ORIGINALS, changed_copies, originals
from covid19_images.duplicates.clusters import Link, links, together
from covid19_images.duplicates.engine import find
from covid19_images.duplicates.folder import at_once

_EQUAL = {"PNG", "16 bit"}  # as good as the original
_NAMES = [name for name in CHANGES if name not in _EQUAL]

Keys = tuple[str, str]


def main(places: list[Path], count: int) -> None:
    """Print the table."""
    held = describe_all(list(files(places)))
    chosen = originals(places, count)
    keys, levels = zip(*chosen, strict=True)
    with ProcessPoolExecutor(2) as pool:
        every = [one for many in pool.map(changed_copies, keys, levels) for one in many]
    made = [item for name, item in every if name in _NAMES]
    with at_once() as threads:
        known = links(find(held, [], spread=threads.map))
        found = links(find(made, held, spread=threads.map))
    group = together(known)
    print(f"{len(keys)} pictures changed in {len(_NAMES)} ways, among {len(held):,}")
    print(f"of these {len(known)} pairs are copies\n")
    _table(keys, {(link.a, link.b) for link in found})
    print(f"false groups {_false(together([*known, *found]), group, found)}")
    _absent(keys, found)


def _table(keys: Collection[str], found: Collection[Keys]) -> None:
    """Print of each change the pairs with the other 35, found at once and through the original."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for key in keys:
        to_original = {name for name in _NAMES if _is_pair(key, f"{key}#{name}", found)}
        for a, b in combinations(_NAMES, 2):
            direct = _is_pair(f"{key}#{a}", f"{key}#{b}", found)
            through = a in to_original and b in to_original
            for name in (a, b, "all"):
                counts[name]["directly"] += direct
                counts[name]["both"] += direct or through
                counts[name]["pairs"] += 1
    print(f"{'change':28} {'pairs':>7} {'directly':>9} {'and through the original':>25}")
    for name in [*_NAMES, "all"]:
        count = counts[name]
        shares = [count[what] / count["pairs"] for what in ("directly", "both")]
        print(f"{name:28} {count['pairs']:7,} {shares[0]:9.4f} {shares[1]:25.4f}")


def _is_pair(a: str, b: str, found: Collection[Keys]) -> bool:
    return (min(a, b), max(a, b)) in found


def _false(now: Mapping[str, str], before: Mapping[str, str], found: Iterable[Link]) -> int:
    """Count the groups that hold pictures of which nobody says that they are copies."""
    members: dict[str, set[str]] = defaultdict(set)
    for link in found:
        for key in (link.a, link.b):
            origin = key.partition("#")[0]
            members[now[key]].add(before.get(origin, origin))
    return sum(len(origins) > 1 for origins in members.values())


def _absent(keys: Collection[str], found: Iterable[Link]) -> None:
    """Print what holds copies together where their original is not there."""
    between = [link for link in found if "#" in link.a and "#" in link.b]
    joined = together(between)
    pairs = [(f"{key}#{a}", f"{key}#{b}") for key in keys for a, b in combinations(_NAMES, 2)]
    sets = sum(joined.get(a, a) == joined.get(b, b) for a, b in pairs)
    print(f"without the original, in one group through other copies: {sets / len(pairs):.4f}")


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("places", nargs="+", type=Path)
    asked.add_argument("--originals", type=int, default=ORIGINALS)
    words = asked.parse_args()
    main(words.places, words.originals)
