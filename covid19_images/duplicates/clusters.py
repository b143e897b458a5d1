"""Make groups of copies, and say which copy is kept.

Copies of one picture make an *identity*; one of them is kept. A panel is not a copy of its
composite: a `part` links two identities but does not merge them, or all panels of one figure would
be one picture. A leak-safe group follows every link, parts included.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from scipy.cluster.hierarchy import DisjointSet

from covid19_images.duplicates.engine import Pair
from covid19_images.duplicates.item import Item
from covid19_images.duplicates.verdict import Same
from covid19_images.records import DuplicateKind


@dataclass(frozen=True, slots=True)
class Copy:
    """Which picture a copy is of, and what kind of copy it is."""

    of: str
    kind: DuplicateKind


def leak_safe(pairs: Iterable[Pair]) -> dict[str, str]:
    """Group all keys that confirmed pairs link, parts too; a group is named by its first key."""
    return _first_of(pair for pair in pairs if isinstance(pair.verdict, Same))


def copies(
    pairs: Collection[Pair], items: Mapping[str, Item], order: Mapping[str, int]
) -> dict[str, Copy]:
    """Say of each copy which picture is kept in its place.

    Args:
        pairs: All pairs; undecided ones count for nothing.
        items: All pictures by key.
        order: Rank of each source; the original owner's is lower than a collector's.

    Returns:
        The copies by key. Kept pictures are not in it, except that a panel of a composite is
        told with the kind `part`.
    """
    kinds = {
        (pair.a, pair.b): pair.verdict.kind for pair in pairs if isinstance(pair.verdict, Same)
    }
    whole = [pair for pair in pairs if kinds.get((pair.a, pair.b), "part") != "part"]
    identities: dict[str, list[str]] = defaultdict(list)
    for key, name in sorted(_first_of(whole).items()):
        identities[name].append(key)
    found: dict[str, Copy] = {}
    for keys in identities.values():
        best = min(keys, key=lambda key: rank(items[key], order))
        found |= {key: Copy(best, _kind(key, best, kinds)) for key in keys if key != best}
    return _panels(pairs, found) | found


def rank(item: Item, order: Mapping[str, int]) -> tuple[object, ...]:
    """Order copies, the one to keep first.

    The original owner's before a collector's, then the larger, the deeper, the first seen, and
    the key where all else is equal.
    """
    return (
        order.get(item.source, len(order)),
        -item.width * item.height,
        -(item.bit_depth or 0),
        item.first_seen or dt.date.max,
        item.key,
    )


def _first_of(pairs: Iterable[Pair]) -> dict[str, str]:
    links: DisjointSet[str] = DisjointSet()
    for pair in pairs:
        links.add(pair.a)
        links.add(pair.b)
        links.merge(pair.a, pair.b)
    return {key: min(some) for some in links.subsets() for key in some}


def _kind(key: str, best: str, kinds: Mapping[tuple[str, str], DuplicateKind]) -> DuplicateKind:
    """Tell how a copy differs from the kept one, or from the first copy that leads there."""
    direct = kinds.get((min(key, best), max(key, best)))
    if direct and direct != "part":
        return direct
    return next(kind for pair, kind in sorted(kinds.items()) if key in pair and kind != "part")


def _panels(pairs: Iterable[Pair], found: Mapping[str, Copy]) -> dict[str, Copy]:
    """Name the composite of each panel that is kept: the one of the two that covers the other."""
    panels: dict[str, Copy] = {}
    for pair in sorted(pairs, key=lambda pair: (pair.a, pair.b)):
        verdict = pair.verdict
        if not isinstance(verdict, Same) or verdict.kind != "part":
            continue
        covered = verdict.evidence.agreement
        a_is_panel = covered is not None and covered.cover_a > covered.cover_b
        panel, scene = (pair.a, pair.b) if a_is_panel else (pair.b, pair.a)
        kept = found[scene].of if scene in found else scene
        if panel not in found and kept != panel:
            panels.setdefault(panel, Copy(kept, "part"))
    return panels
