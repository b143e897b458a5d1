"""Make groups of copies, and say which copy is kept.

Copies of one picture make an *identity*; one of them is kept. A panel is not a copy of its
composite: a `part` links two identities but does not merge them, or all panels of one figure would
be one picture. A leak-safe group follows every link, parts and patients included.

Everything follows from the set of links, so it does not matter in which order they were found.
"""

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.cluster.hierarchy import DisjointSet

from covid19_images.duplicates.engine import Pair
from covid19_images.duplicates.verdict import Same
from covid19_images.manifest.record import DuplicateKind


class Ranked(Protocol):
    """What decides which copy is kept: a manifest row or an engine item has it."""

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def width(self) -> int | None: ...  # noqa: D102
    @property
    def height(self) -> int | None: ...  # noqa: D102
    @property
    def bit_depth(self) -> int | None: ...  # noqa: D102
    @property
    def first_seen(self) -> dt.date | None: ...  # noqa: D102


class Grouped(Protocol):
    """What decides the group beside links: a manifest row has it."""

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def image_id(self) -> str | None: ...  # noqa: D102
    @property
    def patient_id(self) -> str | None: ...  # noqa: D102
    @property
    def series_id(self) -> str | None: ...  # noqa: D102
    @property
    def quality(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def first_seen(self) -> dt.date | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """A confirmed pair; for the kind `part`, which of the two is the panel."""

    a: str
    b: str
    kind: DuplicateKind
    a_is_panel: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """Which picture a copy is of, and what kind of copy it is."""

    of: str
    kind: DuplicateKind


def links(pairs: Iterable[Pair]) -> list[Link]:
    """Turn the engine's confirmed pairs into links; undecided ones count for nothing."""
    found = []
    for pair in pairs:
        if isinstance(pair.verdict, Same):
            area = _area(pair.verdict.evidence.transform)
            found.append(Link(pair.a, pair.b, pair.verdict.kind, a_is_panel=area < 1))
    return found


def copies(
    links: Iterable[Link],
    items: Mapping[str, Ranked],
    order: Mapping[str, int],
    *,
    untransformed: Callable[[Sequence[str]], Sequence[str]] = lambda keys: keys,
) -> dict[str, Copy]:
    """Return, for each copy, the picture that is kept in its place.

    Pictures that are gone (withdrawn, or taken down) are no copies and are not kept, but what they
    link stays one picture: two crops of a picture may share too little to be known as copies.

    Args:
        links: All confirmed pairs.
        items: All pictures by key, but for those that are gone.
        order: Rank of each source; the original owner's is lower than a collector's.
        untransformed: Names, of copies that are equal in source, size and depth, those that seem
            to be as they were taken.

    Returns:
        The copies by key. Kept pictures are not in it, except that a panel of a composite is
        listed with the kind `part`.
    """
    ordered = sorted(links)
    whole = [link for link in ordered if link.kind != "part"]
    kinds = {(link.a, link.b): link.kind for link in whole}
    first = {key: link.kind for link in reversed(whole) for key in (link.a, link.b)}
    found: dict[str, Copy] = {}
    kept = {key: key for link in ordered for key in (link.a, link.b) if key in items}
    for keys in _joined((link.a, link.b) for link in whole):
        standing = {key: _standing(items[key], order) for key in keys & items.keys()}
        if not standing:
            continue
        highest = min(standing.values())
        equal = [key for key in sorted(standing) if standing[key] == highest]
        best = min(untransformed(equal), key=lambda key: rank(items[key], order))
        kept |= dict.fromkeys(keys, best)
        for key in standing.keys() - {best}:
            direct = kinds.get((min(key, best), max(key, best)))
            found[key] = Copy(best, direct or first[key])
    return _panels(ordered, kept) | found


def rank(item: Ranked, order: Mapping[str, int]) -> tuple[object, ...]:
    """Order copies, the one to keep first.

    The original owner's before a collector's, then the larger, the deeper, the first seen, and the
    key where all else is equal.
    """
    return (*_standing(item, order), item.first_seen or dt.date.max, item.key)


def _standing(item: Ranked, order: Mapping[str, int]) -> tuple[float, int, int]:
    return (
        order.get(item.source, math.inf),
        -(item.width or 0) * (item.height or 0),
        -(item.bit_depth or 0),
    )


def groups(records: Sequence[Grouped], links: Iterable[Link]) -> dict[str, str]:
    """Group what must stay on one side of a split: one patient's pictures, copies and parts.

    Where nobody says who the patient is, the slices of one series are one patient's.

    Rows with one `image_id` are grouped also where no pair says so (one may be gone upstream);
    not blank ones, which are alike by chance.

    Args:
        records: All rows.
        links: All confirmed pairs.

    Returns:
        By key, the `image_id` of the group's oldest picture; only for rows that have one.
    """
    shown = {record.key: record for record in records if record.image_id}
    pairs = [(link.a, link.b) for link in links if link.a in shown and link.b in shown]
    patients: dict[str, list[str]] = defaultdict(list)
    pictures: dict[str, list[str]] = defaultdict(list)
    for key, record in sorted(shown.items()):
        patients[record.patient_id or _series(record)].append(key)
        pictures[key if "blank" in record.quality else str(record.image_id)].append(key)
    same = [(keys[0], key) for by in (patients, pictures) for keys in by.values() for key in keys]
    named: dict[str, str] = {}
    for keys in _joined([*pairs, *same]):
        named |= dict.fromkeys(keys, str(min(_age(shown[key]) for key in keys)[-1]))
    return named


def _series(record: Grouped) -> str:
    """Return what stands for the patient who is not known: the series, or the picture itself."""
    source = record.key.partition("/")[0]
    return f"\0{source}\0{record.series_id}" if record.series_id else f"\0{record.key}"


def _age(record: Grouped) -> tuple[bool, dt.date, str]:
    """Order a group's pictures, the one to name it first; a blank one would name many groups."""
    blank = "blank" in record.quality
    return blank, record.first_seen or dt.date.max, str(record.image_id)


def together(links: Iterable[Link]) -> dict[str, str]:
    """Return, for each picture, the first key of the set that it is linked with, parts too."""
    sets = _joined((link.a, link.b) for link in links)
    return {key: min(keys) for keys in sets for key in keys}


def _joined(pairs: Iterable[tuple[str, str]]) -> list[set[str]]:
    links: DisjointSet[str] = DisjointSet()
    for a, b in pairs:
        links.add(a)
        links.add(b)
        links.merge(a, b)
    return [set(some) for some in links.subsets()]


def _panels(links: Iterable[Link], kept: Mapping[str, str]) -> dict[str, Copy]:
    """Return the composite of each panel that is kept itself.

    Args:
        links: All confirmed pairs, in order.
        kept: Of each picture the one that is kept in its place, if any of its copies is there.
    """
    panels: dict[str, Copy] = {}
    for link in links:
        panel, scene = (link.a, link.b) if link.a_is_panel else (link.b, link.a)
        if link.kind != "part" or kept.get(panel) != panel:
            continue
        if kept.get(scene, panel) != panel:
            panels.setdefault(panel, Copy(kept[scene], "part"))
    return panels


def _area(transform: tuple[float, ...]) -> float:
    """Return the share of b's area that a covers."""
    if not transform:
        return 1.0
    return float(abs(np.linalg.det(np.reshape(transform, (2, 3))[:, :2])))
