"""Find the copies of new pictures among all pictures: propose by words and hashes, then decide."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from covid19_images.duplicates import hamming
from covid19_images.duplicates.picture import Item
from covid19_images.duplicates.search import Codes, propose
from covid19_images.duplicates.transforms import HASH_RADIUS_BITS, Hint
from covid19_images.duplicates.verdict import Different, Same, Undecided, decide

_PART = 1024  # new pictures that meet themselves and later ones only: half the work

Candidate = tuple[Item, Item, Hint]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures, a before b by key, that are the same or may be."""

    a: str
    b: str
    verdict: Same | Undecided


class Spread(Protocol):
    """Map one function over many candidates, in their order; `map` does."""

    def __call__(
        self,
        decide: Callable[[Candidate], Pair | None],
        candidates: Iterable[Candidate],
        /,
    ) -> Iterable[Pair | None]:
        """Yield a pair or nothing for each candidate."""
        ...


def find(new: Sequence[Item], known: Sequence[Item], *, spread: Spread = map) -> list[Pair]:
    """Compare new pictures with each other and with all known ones.

    A pair's verdict depends on its two pictures only: any split of the pictures into nights, in
    any order, gives the same pairs in the end.

    Args:
        new: Pictures that were not compared yet.
        known: Pictures that were compared with each other before; those also in `new` (by key)
            are left out.
        spread: Maps a function over candidates in order: `map`, or that of a process pool, best
            with a chunk size of some hundred.

    Returns:
        Confirmed and undecided pairs, sorted by their keys.
    """
    arrived = {item.key for item in new}
    items = [*new, *(item for item in known if item.key not in arrived)]
    items = sorted((i for i in items if "blank" not in i.quality), key=lambda item: item.key)
    fresh = [at for at, item in enumerate(items) if item.key in arrived]

    candidates = ((items[i], items[j], hint) for i, j, hint in _candidates(items, fresh))
    return [pair for pair in spread(_paired, candidates) if pair]


def _paired(candidate: Candidate) -> Pair | None:
    a, b, hint = candidate
    verdict = decide(a, b, hint)
    return None if isinstance(verdict, Different) else Pair(a.key, b.key, verdict)


def _candidates(items: Sequence[Item], fresh: Sequence[int]) -> list[tuple[int, int, Hint]]:
    """List every pair worth a look once, with the lower index first, in order."""
    variants: dict[tuple[int, int], set[int]] = defaultdict(set)
    turns: dict[tuple[int, int], dict[hamming.Way, int]] = defaultdict(dict)
    for i, j in _equals(items, fresh):
        variants[i, j] |= set()
    for i, j, variant in _sharing_words(items, fresh):
        variants[min(i, j), max(i, j)].add(variant)
    for i, j, (turn, inverted), bits in _hashing_alike(items, fresh):
        pair, way = ((i, j), turn) if i < j else ((j, i), hamming.undone(turn))
        turns[pair][way, inverted] = bits
    return [
        (*pair, Hint(variants.get(pair, ()), turns.get(pair, {})))
        for pair in sorted(variants.keys() | turns.keys())
    ]


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
    new = set(fresh)
    others = [at for at in range(len(items)) if at not in new]
    for left, right in ((fresh, others), *((part, fresh[at:]) for at, part in _parts(fresh))):
        (owners, codes), (known, known_codes) = _by_panel(items, left), _by_panel(items, right)
        for found in propose(codes, known_codes):
            if owners[found.new] != known[found.known]:
                yield owners[found.new], known[found.known], found.variant


def _by_panel(items: Sequence[Item], some: Sequence[int]) -> tuple[list[int], list[Codes]]:
    """List whose each panel is, and its codes: a figure is searched for panel by panel."""
    owned = [(at, codes) for at in some for codes in items[at].features.codes_by_panel()]
    return [at for at, _ in owned], [codes for _, codes in owned]


def _parts(fresh: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
    """Cut the new ones up, so that each part meets only itself and those after it."""
    for at in range(0, len(fresh), _PART):
        yield at, fresh[at : at + _PART]


def _hashing_alike(
    items: Sequence[Item], fresh: Sequence[int]
) -> Iterator[tuple[int, int, hamming.Way, int]]:
    hashed = [at for at, item in enumerate(items) if item.phash]
    asking = [at for at in fresh if items[at].phash]
    known = hamming.pack([items[at].phash or "" for at in hashed])
    new = hamming.pack([items[at].phash or "" for at in asking])
    turned = np.concatenate([hamming.turned(new, *way) for way in hamming.WAYS])
    hits = np.stack(hamming.within(turned, known, HASH_RADIUS_BITS), axis=1)
    for row, column, bits in hits.tolist():
        way, at = divmod(row, len(asking))
        if asking[at] != hashed[column]:
            yield asking[at], hashed[column], hamming.WAYS[way], bits
