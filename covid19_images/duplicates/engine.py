"""Find the copies of new pictures among all pictures: propose by words and hashes, then decide."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from covid19_images.duplicates import blocks, hamming
from covid19_images.duplicates.arrangement import is_alike
from covid19_images.duplicates.blocks import VARIANT
from covid19_images.duplicates.picture import Item
from covid19_images.duplicates.transforms import Hint
from covid19_images.duplicates.verdict import Different, Same, Undecided, decide

Candidate = tuple[Item, Item, Hint]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures, a before b by key, that are the same or may be."""

    a: str
    b: str
    verdict: Same | Undecided


class Described(Protocol):
    """What makes pictures equal, whatever they look like: an item has it, and a manifest's row."""

    @property
    def blob(self) -> str:
        """Return the git blob's id."""
        ...

    @property
    def sha256(self) -> str | None:
        """Return the digest of the file."""
        ...

    @property
    def pixels_sha256(self) -> str | None:
        """Return the digest of the pixels."""
        ...


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
    some = (
        (items[i], items[j], hint) for i, j, hint in candidates(items, fresh, _met(items, fresh))
    )
    return [pair for pair in spread(paired, some) if pair]


def _met(items: Sequence[Item], fresh: Sequence[int]) -> Iterator[tuple[int, ...]]:
    new = set(fresh)
    others = [at for at in range(len(items)) if at not in new]
    order = [*fresh, *others]
    pictures = [(items[at].phash, items[at].features) for at in order]
    for i, j, *what in blocks.search(pictures[: len(fresh)], pictures[len(fresh) :]):
        yield order[i], order[j], *what


def paired(candidate: Candidate) -> Pair | None:
    """Return a pair, where two pictures are the same or may be."""
    a, b, hint = candidate
    verdict = decide(a, b, hint if hint.turns else _arranged(a, b, hint))
    return None if isinstance(verdict, Different) else Pair(a.key, b.key, verdict)


def _arranged(a: Item, b: Item, hint: Hint) -> Hint:
    """Keep the variants in which shared words lie alike: to ask costs an eighth of comparing."""
    return Hint([one for one in hint.variants if is_alike(a.features, b.features, one)])


def candidates(
    pictures: Sequence[Described], fresh: Collection[int], signs: Iterable[Sequence[int]]
) -> list[tuple[int, int, Hint]]:
    """List every pair worth a look once, with the lower index first, in order.

    Args:
        pictures: All pictures.
        fresh: Which of them were not compared yet.
        signs: Two pictures, the way or variant, and the bits or words, as `blocks.meet` has them;
            those between two pictures that were compared before are left out.
    """
    new = frozenset(fresh)
    variants: dict[tuple[int, int], set[int]] = defaultdict(set)
    turns: dict[tuple[int, int], dict[hamming.Way, int]] = defaultdict(dict)
    for i, j in _equals(pictures, fresh):
        variants[i, j] |= set()
    for i, j, what, count in signs:
        if i == j or not (i in new or j in new):
            continue
        if what >= VARIANT:
            variants[min(i, j), max(i, j)].add(what - VARIANT)
            continue
        turn, inverted = hamming.WAYS[what]
        pair, way = ((i, j), turn) if i < j else ((j, i), hamming.undone(turn))
        turns[pair][way, inverted] = count
    return [
        (*pair, Hint(variants.get(pair, ()), turns.get(pair, {})))
        for pair in sorted(variants.keys() | turns.keys())
    ]


def _equals(pictures: Sequence[Described], fresh: Collection[int]) -> Iterator[tuple[int, int]]:
    for field in ("blob", "sha256", "pixels_sha256"):
        wanted = {getattr(pictures[at], field) for at in fresh} - {None, ""}
        owners: dict[str, list[int]] = defaultdict(list)
        for at, picture in enumerate(pictures):
            if (value := getattr(picture, field)) in wanted:
                owners[value].append(at)
        for at in fresh:
            for other in owners.get(getattr(pictures[at], field) or "", ()):
                if other != at:
                    yield min(at, other), max(at, other)
