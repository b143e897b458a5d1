"""What happened to pictures and what proposals did, in words, as it may be shown."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flows.collection.histories import Change, Histories, Merge
from flows.collection.row_history import Act
from flows.site.pictures import Picture

_WORDS: Mapping[Act, str] = {
    "added": "came into the collection",
    "changed": "changed",
    "renamed": "was renamed upstream",
    "withdrawn": "was withdrawn",
    "returned": "came back",
    "left": "left the collection",
}
# Columns of our own words: what stood in others may be a person's name, and is not repeated.
_SHOWN = frozenset(
    {"finding", "view", "modality", "split", "licence", "label_basis", "quality", "sex", "status"}
)
WITH_ROWS = 30  # the newest proposals, which list many rows
_MANY, _FEW = 300, 30
WITH_PAGES = 100  # older ones have a line in the index only
LISTED = 1_000


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a picture's row.

    Attributes:
        source: Whose row.
        merge: The merge that did it.
        says: What happened.
        cells: Column, and its cell before and after, where these may be shown.
        others: Other columns that changed.
    """

    source: str
    merge: Merge
    says: str
    cells: tuple[tuple[str, str, str], ...] = ()
    others: tuple[str, ...] = ()


def events(picture: Picture, past: Histories) -> list[Event]:
    """Return what happened to a picture, oldest first.

    Args:
        picture: The picture.
        past: What happened to all rows.
    """
    order = {merge.commit: number for number, merge in enumerate(past.merges)}
    found = [
        (order[change.merge.commit], key, change)
        for key in picture.keys
        for change in past.rows.get(key, ())
    ]
    return [_event(key, change) for _, key, change in sorted(found, key=lambda one: one[:2])]


def _event(key: str, change: Change) -> Event:
    cells = tuple(
        (name.replace("_", " "), was, now)
        for name, (was, now) in change.cells.items()
        if name in _SHOWN
    )
    others = tuple(name.replace("_", " ") for name in change.cells if name not in _SHOWN)
    return Event(key.partition("/")[0], change.merge, _WORDS[change.act], cells, others)


@dataclass(frozen=True, slots=True)
class Merged:
    """One merged proposal.

    Attributes:
        merge: The merge.
        counts: How many rows each act is about, in words; of each source.
        rows: Some rows: what happened, and the picture, where it may be shown.
        hidden: How many rows are not listed.
        page: The name of its page; `None` where it has none any more.
    """

    merge: Merge
    counts: Mapping[str, Mapping[str, int]]
    rows: tuple[tuple[Event, Picture], ...]
    hidden: int
    page: str | None

    @property
    def total(self) -> Mapping[str, int]:
        """Return how many rows each act is about."""
        total: Counter[str] = Counter()
        for counts in self.counts.values():
            total.update(counts)
        return {says: total[says] for says in _WORDS.values() if total[says]}


def merged(past: Histories, pictures: Iterable[Picture]) -> list[Merged]:
    """Return the merged proposals, newest first; the older, the less of each.

    Args:
        past: What happened to all rows.
        pictures: Those that may be shown: what was taken down is named nowhere.
    """
    by_key = {key: picture for picture in pictures for key in picture.keys}
    by_merge = past.of_merges()
    newest = list(reversed(past.merges))[:LISTED]
    return [
        _merged(merge, by_merge.get(merge.commit, ()), by_key, age)
        for age, merge in enumerate(newest)
    ]


def _merged(
    merge: Merge, changes: Sequence[tuple[str, Change]], by_key: Mapping[str, Picture], age: int
) -> Merged:
    counts: dict[str, Counter[str]] = {}
    for key, change in changes:
        counts.setdefault(key.partition("/")[0], Counter())[_WORDS[change.act]] += 1
    most = 0 if age >= WITH_PAGES else _MANY if age < WITH_ROWS else _FEW
    shown = [(key, change) for key, change in changes if key in by_key][:most]
    return Merged(
        merge,
        counts,
        tuple((_event(key, change), by_key[key]) for key, change in shown),
        len(changes) - len(shown),
        f"{merge.merged}-{merge.commit[:10]}.html" if age < WITH_PAGES else None,
    )


def of_source(name: str, proposals: Iterable[Merged]) -> list[Merged]:
    """Return the proposals that moved a source or changed its rows, newest first."""
    return [one for one in proposals if name in one.merge.moved or name in one.counts]
