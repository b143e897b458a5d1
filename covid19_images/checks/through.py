"""Follow copies of copies: what is no copy of a picture at first sight may be one through another.

Two crops of one picture can share too little to be found as copies of each other. A third picture,
yours or the collection's, says that they are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from covid19_images.duplicates.clusters import links, together
from covid19_images.duplicates.engine import Pair
from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.exposures import exposures

Match = tuple[str, str, str, str]  # key of yours, key of the collection's, kind, why


def through_yours(rows: Sequence[Match], own: Iterable[Pair], called: str) -> Iterator[Match]:
    """Yield what your other copies of a found picture are copies of.

    Args:
        rows: What was found of your pictures.
        own: Pairs among your pictures.
        called: What begins the keys of your pictures, and is not shown.
    """
    sure = [link for link in links(own) if link.kind != "part"]
    kinds = {keys: link.kind for link in sure for keys in ((link.a, link.b), (link.b, link.a))}
    first = {key: link.kind for link in reversed(sure) for key in (link.a, link.b)}
    sets = together(sure)
    members: dict[str, list[str]] = defaultdict(list)
    for key in sorted(sets):
        members[sets[key]].append(key)
    there = {row[:2] for row in rows if row[2] != "undecided"}
    for yours, key, kind, _ in sorted(rows):
        if kind in ("undecided", "part") or yours not in sets:
            continue
        for other in members[sets[yours]]:
            if (other, key) not in there:
                there.add((other, key))
                why = f"a copy of your {yours.removeprefix(called)}, which is one"
                yield other, key, kinds.get((other, yours), first[other]), why


def through_theirs(
    rows: Iterable[Match], records: Iterable[Record], sides: Mapping[str, str]
) -> Iterator[Match]:
    """Yield the collection's other copies of what was found, where they are on another side.

    Args:
        rows: What was found of your pictures.
        records: The collection's pictures.
        sides: In which split each of them is.
    """
    shown = {row.key: some for some in exposures(records) for row in some}
    found = sorted(row for row in rows if row[2] not in ("undecided", "part") and row[1] in shown)
    seen: dict[str, set[str]] = defaultdict(set)
    for yours, key, _, _ in found:
        seen[yours].add(sides[key])
    for yours, key, kind, _ in found:
        for other in shown[key]:
            if sides[other.key] not in seen[yours]:
                seen[yours].add(sides[other.key])
                yield yours, other.key, kind, f"a copy of {key}, of which yours is one"
