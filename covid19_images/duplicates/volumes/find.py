"""Find the copies among volumes: words of slices propose, agreement along the axis decides."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from covid19_images.duplicates.blocks import VARIANT, search
from covid19_images.duplicates.volumes.compare import LEAST_WORDS, TRIED, Copied, compare
from covid19_images.duplicates.volumes.sketch import Sketch

Proposed = list[tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class VolumePair:
    """Two volumes, a before b by key, that hold the same scan."""

    a: str
    b: str
    copied: Copied


def find(new: Sequence[Sketch], known: Sequence[Sketch]) -> list[VolumePair]:
    """Compare new volumes with each other and with all known ones.

    Two pictures that are alone are left to the engine of pictures. The verdict of a pair depends
    on its two volumes only.

    Args:
        new: Volumes that were not compared yet.
        known: Volumes that were compared with each other before.

    Returns:
        The copies, sorted by their keys.
    """
    arrived = {one.key for one in new}
    items = sorted([*new, *(one for one in known if one.key not in arrived)], key=lambda s: s.key)
    fresh = [at for at, one in enumerate(items) if one.key in arrived]
    found = []
    for (i, j), proposed in sorted(_candidates(items, fresh).items()):
        if copied := compare(items[i], items[j], proposed):
            found.append(VolumePair(items[i].key, items[j].key, copied))
    return found


def _candidates(items: Sequence[Sketch], fresh: Sequence[int]) -> dict[tuple[int, int], Proposed]:
    """Return the pairs worth a look, with the slices that share words, the most first."""
    shared: dict[tuple[int, int], list[tuple[int, int, int, int]]] = defaultdict(list)
    for left, right in _equals(items, fresh):
        shared[left, right] += []
    for one, other, words, variant in _sharing(items, fresh):
        (i, s), (j, t) = sorted((one, other))
        if i != j and max(items[i].size[2], items[j].size[2]) > 1:
            shared[i, j].append((-words, s, t, variant))
    return {pair: best(some) for pair, some in shared.items()}


def best(shared: Iterable[tuple[int, int, int, int]]) -> Proposed:
    """Return the slices of two volumes that are worth a look, those with most words first.

    Args:
        shared: How many words are shared, below 0; a slice of one, a slice of the other, and the
            variant that relates them.
    """
    ordered = sorted(set(shared))
    if not ordered or -ordered[0][0] < LEAST_WORDS:
        return []
    return [(s, t, variant) for _, s, t, variant in ordered[:TRIED]]


def _equals(items: Sequence[Sketch], fresh: Sequence[int]) -> Iterator[tuple[int, int]]:
    owners: dict[str, list[int]] = defaultdict(list)
    for at, one in enumerate(items):
        if one.volume_id:
            owners[one.volume_id].append(at)
    for at in fresh:
        for other in owners.get(items[at].volume_id or "", ()):
            if other != at:
                yield min(at, other), max(at, other)


_Slice = tuple[int, int]


def _sharing(
    items: Sequence[Sketch], fresh: Sequence[int]
) -> Iterator[tuple[_Slice, _Slice, int, int]]:
    asking = set(fresh)
    order = [*fresh, *(at for at in range(len(items)) if at not in asking)]
    slices = [(at, k) for at in order for k in range(len(items[at].features))]
    pictures = [(None, items[at].features[k]) for at, k in slices]
    new = sum(len(items[at].features) for at in fresh)
    for one, other, what, shared in search(pictures[:new], pictures[new:]):
        if what >= VARIANT:
            yield slices[one], slices[other], shared, what - VARIANT
