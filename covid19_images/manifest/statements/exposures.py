"""Put the rows together that show one exposure: confirmed copies, without parts and composites."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from covid19_images.manifest.record import Record

_USED = ("active", "quarantined")


def exposures(
    records: Iterable[Record], copies: Iterable[tuple[str, str]] = ()
) -> list[tuple[Record, ...]]:
    """Return the rows of each picture that more than one row shows, sorted by key.

    Rows that nobody uses any more (withdrawn, held, excluded) state nothing, and neither do blank
    pictures, which are alike by chance.

    Args:
        records: All rows; `duplicate_of` says which are copies.
        copies: Keys of further confirmed copies, where more is known than the rows say.
    """
    from scipy.cluster.hierarchy import DisjointSet  # noqa: PLC0415  starts quickly without

    known = set(copies)
    rows = _with_company({row.key: row for row in records if _says_something(row)}, known)
    joined: DisjointSet[str] = DisjointSet(rows)
    first: dict[str, str] = {}
    for row in rows.values():
        if row.image_id:
            joined.merge(first.setdefault(row.image_id, row.key), row.key)
        if row.duplicate_of in rows and row.duplicate_kind != "part":
            joined.merge(row.key, row.duplicate_of)
    for a, b in sorted(known):
        if a in rows and b in rows:
            joined.merge(a, b)
    found: dict[str, list[Record]] = defaultdict(list)
    for key in sorted(rows):
        found[joined[key]].append(rows[key])
    several = [tuple(some) for some in found.values() if len(some) > 1]
    return sorted(several, key=lambda some: some[0].key)


def _with_company(
    rows: Mapping[str, Record], copies: Iterable[tuple[str, str]]
) -> dict[str, Record]:
    """Return the rows that are a copy, have one, or share their pixels: few of many."""
    shared = Counter(row.image_id for row in rows.values() if row.image_id)
    linked = {
        key for row in rows.values() if row.duplicate_of for key in (row.key, row.duplicate_of)
    }
    linked |= {key for pair in copies for key in pair}
    return {key: row for key, row in rows.items() if key in linked or shared[str(row.image_id)] > 1}


def _says_something(row: Record) -> bool:
    return row.status in _USED and "blank" not in row.quality


def rank(order: Mapping[str, int], source: str) -> int:
    """Return how far a source is from the owner; one that nobody configured is the last.

    >>> rank({"owner": 5, "merge": 50}, "merge"), rank({"owner": 5, "merge": 50}, "unknown")
    (50, 51)
    """
    return order.get(source, max(order.values(), default=0) + 1)
