"""Place new groups where they are wanted most, and never move what is placed.

Everything follows from the set of rows and the ledger: the order of rows does not matter.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from scipy.cluster.hierarchy import DisjointSet

from covid19_images.manifest.record import Record
from covid19_images.manifest.splits.ledger import Placed, Side

TARGETS: dict[Side, float] = {"train": 0.7, "validation": 0.1, "test": 0.2}
_HELD_OUT: tuple[Side, ...] = ("test", "validation", "train")  # the first one wins

Stratum = tuple[str, str, str]
Standing = Mapping[Stratum, Mapping[Side, int]]  # pictures by stratum and split


@dataclass(frozen=True, slots=True)
class Assigned:
    """All rows with their split, and the ledger with what is new at its end."""

    records: tuple[Record, ...]
    ledger: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """What must stay on one side: its rows, and the pictures they show."""

    rows: tuple[Record, ...]

    @property
    def pictures(self) -> list[str]:
        return sorted({str(row.image_id) for row in self.rows})

    @property
    def weights(self) -> Counter[Stratum]:
        """Count the pictures that loaders give, by stratum; a group of copies counts as one."""
        own = [row for row in self.rows if row.status == "active" and not row.duplicate_of]
        return Counter(stratum for row in own or self.rows[:1] for stratum in strata(row))


def splittable(record: Record) -> bool:
    """Return whether a row shows a picture that can be in a split; blank ones teach nothing."""
    return record.image_id is not None and "blank" not in record.quality


def without_quarantine(record: Record) -> Record:
    """Return the row without its quarantine, as it would be if nothing were known of splits."""
    if record.status != "quarantined":
        return replace(record, split=None, split_reason=None)
    return replace(record, status="active", status_reason=None, split=None, split_reason=None)


def strata(record: Record) -> list[Stratum]:
    """Return what is to be balanced: each finding of a row, within its source and modality."""
    return strata_of(record.source, record.finding, record.modality)


def strata_of(source: str, finding: Sequence[str], modality: str | None) -> list[Stratum]:
    """Return what is to be balanced of rows that say this."""
    return [(source, word, modality or "not stated") for word in finding or ("not stated",)]


def assign(
    records: Iterable[Record],
    ledger: Sequence[Placed],
    *,
    before: Mapping[str, str] | None = None,
    since: dt.date | None = None,
    train_only: Collection[str] = (),
    beside: Iterable[Record] = (),
    standing: Standing = MappingProxyType({}),
) -> Assigned:
    """Assign a split to every row.

    A new group goes where its strata are furthest short of `TARGETS`. A late link that joins
    placed groups moves nothing: the held-out side wins (test, then validation, then train), and
    rows of the other side are quarantined for as long as the link stands.

    Augmented pictures are for training only: a group of which one is kept goes to train, and where
    a group is held out already they are in no split.

    Args:
        records: All rows, with their `group`.
        ledger: What is placed.
        before: The `image_id` that stood at each key before. A file that changes in place shows
            the same picture anew, so its new content goes where the old one was.
        since: Written to the lines that are new.
        train_only: Names of sources of which nothing may be held out.
        beside: Rows that have their split, and no picture and no group in common with `records`.
            They count for the balance, and are not returned.
        standing: How many pictures of others like them stand where.

    Returns:
        The rows, in their order, and the ledger, of which `ledger` is the beginning.
    """
    rows = [without_quarantine(record) for record in records]
    placed = {line.image_id: line.split for line in ledger}
    counts = _standing(beside, placed)
    for stratum, pictures in standing.items():
        counts[stratum].update(pictures)
    sides = _sides(_groups(rows), placed, before or {}, train_only, counts)
    fresh = {
        picture: side
        for group, side in sides
        for picture in group.pictures
        if picture not in placed
    }
    where = placed | fresh
    kept = {row.key: (group, side) for group, side in sides for row in group.rows}
    lines = [Placed(picture, side, since) for picture, side in sorted(fresh.items())]
    split = (_with_split(row, kept, where) for row in rows)
    return Assigned(tuple(_trained(row, train_only) for row in split), (*ledger, *lines))


def for_training_only(row: Record, train_only: Collection[str] = ()) -> bool:
    """Return whether a row may be in no held-out split.

    Args:
        row: The row.
        train_only: Names of sources of which nothing may be held out.
    """
    return "augmented" in row.quality or row.source in train_only


def _trained(row: Record, train_only: Collection[str]) -> Record:
    held_out = row.split in ("validation", "test")
    if not held_out or not for_training_only(row, train_only):
        return row
    what = "an augmented picture" if "augmented" in row.quality else "of a source for training only"
    return replace(row, split="none", split_reason=f"{what}, linked with what is in {row.split}")


def _groups(rows: Sequence[Record]) -> list[_Group]:
    joined: DisjointSet[tuple[str, str]] = DisjointSet()
    shown = sorted((row for row in rows if splittable(row)), key=lambda row: row.key)
    for row in shown:
        picture, group = ("picture", str(row.image_id)), ("group", row.group or str(row.image_id))
        joined.add(picture)
        joined.add(group)
        joined.merge(picture, group)
    members: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for row in shown:
        members[joined["picture", str(row.image_id)]].append(row)
    return [_Group(tuple(rows)) for rows in members.values()]


def _sides(
    groups: Sequence[_Group],
    placed: Mapping[str, Side],
    before: Mapping[str, str],
    train_only: Collection[str],
    counts: Mapping[Stratum, Counter[Side]],
) -> list[tuple[_Group, Side]]:
    """Decide about every group: first those that are tied to a split, then the others."""
    tied = [(group, _tied(group, placed, before)) for group in groups]
    sides = [(group, side) for group, side in tied if side]
    for group, side in sides:
        _count(counts, group, side)
    free = [group for group, side in tied if side is None]
    for group in sorted(free, key=lambda g: (-g.weights.total(), g.pictures)):
        side = "train" if _is_for_training(group, train_only) else _wanted(counts, group.weights)
        _count(counts, group, side)
        sides.append((group, side))
    return sides


def _standing(rows: Iterable[Record], placed: Mapping[str, Side]) -> dict[Stratum, Counter[Side]]:
    """Count the pictures of rows that have their split.

    Where every row of a group is active, each picture is on the side of its group. The other groups
    are few, and put together.
    """
    counts: dict[Stratum, Counter[Side]] = defaultdict(Counter)
    even, uneven = _apart([row for row in rows if splittable(row)])
    alike = Counter(
        (row.source, row.finding, row.modality, placed[str(row.image_id)])
        for row in even
        if not row.duplicate_of
    )
    for (source, finding, modality, side), pictures in alike.items():
        for stratum in strata_of(source, finding, modality):
            counts[stratum][side] += pictures
    for group in _groups([without_quarantine(row) for row in uneven]):
        if found := _tied(group, placed, {}):
            _count(counts, group, found)
    return counts


def _apart(rows: Sequence[Record]) -> tuple[Sequence[Record], list[Record]]:
    """Return the rows of groups that are all active, and all others."""
    pictures: set[str | None] = set()
    groups: set[str | None] = set()
    uneven: list[Record] = []
    found = [row for row in rows if row.status != "active"]
    while found:
        pictures.update(row.image_id for row in found)
        groups.update(row.group or row.image_id for row in found)
        within = [r.image_id in pictures or (r.group or r.image_id) in groups for r in rows]
        found = [row for row, is_in in zip(rows, within, strict=True) if is_in]
        rows = [row for row, is_in in zip(rows, within, strict=True) if not is_in]
        uneven += found
    return rows, uneven


def _is_for_training(group: _Group, train_only: Collection[str]) -> bool:
    kept = [row for row in group.rows if row.status == "active" and not row.duplicate_of]
    return any(for_training_only(row, train_only) for row in kept)


def _tied(group: _Group, placed: Mapping[str, Side], before: Mapping[str, str]) -> Side | None:
    found = {placed[picture] for picture in group.pictures if picture in placed}
    if not found:
        earlier = [before[row.key] for row in group.rows if row.key in before]
        found = {placed[picture] for picture in earlier if picture in placed}
    return next((side for side in _HELD_OUT if side in found), None)


def _count(counts: Mapping[Stratum, Counter[Side]], group: _Group, side: Side) -> None:
    for stratum, pictures in group.weights.items():
        counts[stratum][side] += pictures


def _wanted(counts: Mapping[Stratum, Counter[Side]], weights: Counter[Stratum]) -> Side:
    """Choose the split whose shortfall over the group's strata is greatest, in pictures."""

    def short(side: Side) -> tuple[float, float]:
        lack = sum(
            TARGETS[side] * (counts[stratum].total() + pictures) - counts[stratum][side]
            for stratum, pictures in weights.items()
        )
        return round(lack, 9), round(lack / TARGETS[side], 9)

    return max(TARGETS, key=short)


def _with_split(
    row: Record, kept: Mapping[str, tuple[_Group, Side]], where: Mapping[str, Side]
) -> Record:
    if row.image_id is None:
        return row
    if row.status != "active" or row.key not in kept:
        blank = row.status == "active"
        return replace(row, split="none", split_reason="blank" if blank else row.status)
    group, side = kept[row.key]
    own = where[row.image_id]
    if own == side:
        return replace(row, split=side)
    other = next(_on(group, side, where))
    reason = f"placed in {own}, then linked with {other.key}, which is in {side}"
    return replace(
        row, status="quarantined", status_reason=reason, split="none", split_reason=reason
    )


def _on(group: _Group, side: Side, where: Mapping[str, Side]) -> Iterator[Record]:
    return (row for row in group.rows if where[str(row.image_id)] == side)
