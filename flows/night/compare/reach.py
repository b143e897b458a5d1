"""Find the rows that a night's changes can reach: all others stay as they are in the base.

What follows from other rows (copies, groups, holds, splits) follows from pairs, pictures, patients,
series and groups that rows have in common, and from nothing else. So it is worked out anew for the
rows that a chain of these leads to from a row or a pair that changed.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter, is_

from covid19_images.manifest.record import COLUMNS, Record
from flows.collection.duplicates import Pair
from flows.collection.questions import holding, is_unread

Rows = Mapping[str, Sequence[Record]]

_FOLLOWS = {"duplicate_of", "duplicate_kind", "group", "split", "split_reason"}
_OWN = attrgetter(
    *(c.field for c in COLUMNS if c.field not in {*_FOLLOWS, "status", "status_reason"})
)
_OF_OTHERS = ("held", "quarantined", "excluded")  # what others decide about an active row


@dataclass(frozen=True, slots=True)
class Standing:
    """The rows of a night, of which many say what they say in the base.

    Attributes:
        records: By source, by path; a row that says the same is the base's own object.
        changed: Keys of rows that are new, gone, or say something else.
    """

    records: Rows
    changed: frozenset[str]


def standing(before: Rows, now: Rows) -> Standing:
    """Compare what rows say by themselves with what they say in the base.

    Args:
        before: The base's rows, by source.
        now: The rows now; of a source that was not described they are the base's own.
    """
    records: dict[str, Sequence[Record]] = {}
    changed = {row.key for name in before.keys() - now.keys() for row in before[name]}
    for name, rows in now.items():
        old = before.get(name, ())
        if rows is old:
            records[name] = rows
            continue
        left = {row.path: row for row in old}
        both = [(left.pop(row.path, None), row) for row in rows]
        records[name] = tuple(was if was and _says_the_same(was, row) else row for was, row in both)
        kept = zip(both, records[name], strict=True)
        changed |= {row.key for (was, _), row in kept if row is not was}
        changed |= {row.key for row in left.values()}
    return Standing(records, frozenset(changed))


def _says_the_same(was: Record, row: Record) -> bool:
    return bool(_OWN(was) == _OWN(row)) and _status(was) == _status(row)


def _status(row: Record) -> tuple[str, str | None]:
    return ("active", None) if row.status in _OF_OTHERS else (row.status, row.status_reason)


@dataclass(slots=True)
class _Ties:
    """What rows may have in common."""

    groups: set[str] = field(default_factory=set)
    pictures: set[str] = field(default_factory=set)
    patients: set[str] = field(default_factory=set)
    series: set[tuple[str, str]] = field(default_factory=set)

    def add(self, row: Record) -> None:
        """Add those of one row."""
        if row.group is not None:
            self.groups.add(row.group)
        if row.image_id is not None:
            self.pictures.add(row.image_id)
        if row.patient_id is not None:
            self.patients.add(row.patient_id)
        if row.series_id is not None:
            self.series.add((row.source, row.series_id))

    def among(self, records: Rows) -> Iterator[Record]:
        """Yield the rows that have one of them."""
        common = {
            "group": self.groups,
            "image_id": self.pictures,
            "patient_id": self.patients,
        }
        for name, rows in records.items():
            series = {one for source, one in self.series if source == name}
            yield from holding(rows, {**common, "series_id": series})


def reached(
    before: Rows, now: Standing, earlier: Iterable[Pair], pairs: Iterable[Pair]
) -> frozenset[str]:
    """Return the keys of all rows that what changed leads to, the changed ones among them.

    Args:
        before: The base's rows, by source; nothing among them is to be worked out anew.
        now: The rows now.
        earlier: The pairs of the base.
        pairs: The pairs now.
    """
    old, new = _confirmed(earlier), _confirmed(pairs)
    beside: dict[str, set[str]] = defaultdict(set)
    for pair in old | new:
        beside[pair.a].add(pair.b)
        beside[pair.b].add(pair.a)
    keys: set[str] = set()
    fresh = {*now.changed, *(key for pair in old ^ new for key in (pair.a, pair.b))}
    while fresh:
        keys |= fresh
        ties = _Ties()
        for key in fresh:
            for row in (at(before, key), at(now.records, key)):
                if row is not None:
                    ties.add(row)
        linked = {other for key in fresh for other in beside.get(key, ())}
        fresh = linked | {row.key for row in ties.among(now.records)}
        fresh -= keys
    return frozenset(keys)


def _confirmed(pairs: Iterable[Pair]) -> set[Pair]:
    return {pair for pair in pairs if pair.kind != "undecided"}


def at(records: Mapping[str, Sequence[Record]], key: str) -> Record | None:
    """Return the row of a key; `None` where there is none.

    Args:
        records: The rows of each source, by path.
        key: The key, `source/path`.
    """
    source, _, path = key.partition("/")
    rows = records.get(source, ())
    if is_unread(rows):
        return next(holding(rows, {"path": [path]}), None)
    number = bisect_left(rows, path, key=lambda row: row.path)
    return rows[number] if number < len(rows) and rows[number].path == path else None


def together(records: Rows, derived: Iterable[Record], before: Rows) -> dict[str, Sequence[Record]]:
    """Return rows of which some were worked out anew; what is as in the base is the base's own.

    Args:
        records: All rows, by source.
        derived: Those that were worked out anew.
        before: The base's rows, by source.
    """
    anew = {row.key: row for row in derived}
    sources = {row.source for row in anew.values()}
    found: dict[str, Sequence[Record]] = {}
    for name, rows in records.items():
        old = before.get(name, ())
        if name in sources and not (rows is old and _stands(rows, anew, name)):
            was = {row.path: row for row in old}
            now = [anew.get(row.key, row) for row in rows]
            rows = tuple(_first(was.get(row.path), row) for row in now)  # noqa: PLW2901
        is_as_it_was = rows is old or (len(rows) == len(old) and all(map(is_, rows, old)))
        found[name] = old if is_as_it_was else rows
    return found


def _stands(rows: Sequence[Record], anew: Mapping[str, Record], name: str) -> bool:
    """Return whether what was worked out anew is as it was; the other rows need not be read."""
    own = {row.path: row for row in anew.values() if row.source == name}
    there = holding(rows, {"path": own})
    return all(own[row.path] == row for row in there)


def _first(was: Record | None, row: Record) -> Record:
    return was if was is not None and was == row else row
