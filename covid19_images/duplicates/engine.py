"""Find the copies of new pictures among all pictures: propose by words and hashes, then decide."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from covid19_images.duplicates import hamming
from covid19_images.duplicates.index import propose
from covid19_images.duplicates.item import Item
from covid19_images.duplicates.verdict import (
    HASH_RADIUS_BITS,
    Different,
    Hint,
    Same,
    Undecided,
    decide,
)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures, a before b by key, that are the same or may be."""

    a: str
    b: str
    verdict: Same | Undecided


def find(new: Sequence[Item], held: Sequence[Item]) -> list[Pair]:
    """Compare new pictures with each other and with all held ones.

    A pair's verdict depends on its two pictures only: any split of the pictures into nights, in
    any order, gives the same pairs in the end.

    Args:
        new: Pictures that were not compared yet.
        held: Pictures that were compared with each other before; those also in `new` (by key)
            are left out.

    Returns:
        Confirmed and undecided pairs, sorted by their keys.
    """
    arrived = {item.key for item in new}
    items = [*new, *(item for item in held if item.key not in arrived)]
    items = sorted((i for i in items if "blank" not in i.quality), key=lambda item: item.key)
    fresh = [at for at, item in enumerate(items) if item.key in arrived]
    found = []
    for (i, j), hint in _candidates(items, fresh):
        verdict = decide(items[i], items[j], hint)
        if not isinstance(verdict, Different):
            found.append(Pair(items[i].key, items[j].key, verdict))
    return found


def _candidates(
    items: Sequence[Item], fresh: Sequence[int]
) -> Iterator[tuple[tuple[int, int], Hint]]:
    """Yield every pair worth a look once, with the lower index first, in order."""
    variants: dict[tuple[int, int], set[int]] = defaultdict(set)
    turns: dict[tuple[int, int], set[tuple[int, bool]]] = defaultdict(set)
    for i, j in _equals(items, fresh):
        variants[i, j] |= set()
    for i, j, variant in _sharing_words(items, fresh):
        variants[min(i, j), max(i, j)].add(variant)
    for i, j, turn, inverted in _hashing_alike(items, fresh):
        pair, way = ((i, j), turn) if i < j else ((j, i), hamming.undone(turn))
        turns[pair].add((way, inverted))
    for pair in sorted(variants.keys() | turns.keys()):
        yield pair, Hint(frozenset(variants.get(pair, ())), frozenset(turns.get(pair, ())))


def _equals(items: Sequence[Item], fresh: Sequence[int]) -> Iterator[tuple[int, int]]:
    for field in ("blob", "sha256", "pixels_sha256"):
        owners: dict[str, list[int]] = defaultdict(list)
        for at, item in enumerate(items):
            if value := getattr(item, field):
                owners[value].append(at)
        for at in fresh:
            for other in owners.get(getattr(items[at], field) or "", ()):
                if other != at:
                    yield min(at, other), max(at, other)


def _sharing_words(items: Sequence[Item], fresh: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    codes = [item.features.codes for item in items]
    for found in propose([codes[at] for at in fresh], codes):
        if fresh[found.new] != found.held:
            yield fresh[found.new], found.held, found.variant


def _hashing_alike(
    items: Sequence[Item], fresh: Sequence[int]
) -> Iterator[tuple[int, int, int, bool]]:
    hashed = [at for at, item in enumerate(items) if item.phash]
    asking = [at for at in fresh if items[at].phash]
    held = hamming.pack([items[at].phash or "" for at in hashed])
    new = hamming.pack([items[at].phash or "" for at in asking])
    for turn in range(hamming.TURNS):
        for inverted in (False, True):
            rows, columns, _ = hamming.within(
                hamming.turned(new, turn, inverted=inverted), held, HASH_RADIUS_BITS
            )
            for row, column in zip(rows, columns, strict=True):
                if asking[row] != hashed[column]:
                    yield asking[row], hashed[column], turn, inverted
