"""Find copies within and across sources, and say which one is kept.

New rows are compared with all rows, old pairs are carried over: the cost follows what is new.
A pair's verdict depends on its two pictures only, so any order of nights gives the same pairs.
What a person decided always wins.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from covid19_images.duplicates import clusters
from covid19_images.duplicates.clusters import Link
from covid19_images.manifest.record import Record
from flows.collection.duplicates import Pair
from flows.collection.lives import left_by_configuration
from flows.collection.questions import Together, by_key, holding
from flows.config.decisions import Decisions
from flows.night.compare.decided import apply_decisions
from flows.night.compare.search import Search
from flows.night.compare.sights import alone, comparable
from flows.night.compare.withdrawals import hold


def paired(
    records: Iterable[Record],
    earlier: Iterable[Pair],
    known: Mapping[str, str],
    decisions: Decisions,
    search: Search,
    *,
    unseen: Collection[str] = (),
    compared: Mapping[str, Sequence[Record]] = MappingProxyType({}),
) -> tuple[tuple[Pair, ...], tuple[Record, ...]]:
    """Return all pairs, and the rows that could not be compared.

    Args:
        records: Every row of the collection, but for those of `compared`.
        earlier: The pairs found before.
        known: Blob ids by key of the rows that `earlier` was found among.
        decisions: What people decided.
        search: How copies are found; only used when something is new.
        unseen: Keys of rows that earlier nights could not compare.
        compared: The rows of sources, by source, that are as a night left them: all of their
            pictures were compared, and all pairs of them have both sides.
    """
    # What is gone or taken down is compared too: a copy of it may come later, and is held then.
    pictures = sorted((r for r in records if comparable(r)), key=lambda r: r.key)
    same = {r.key for r in pictures if known.get(r.key) == r.blob or r.status == "withdrawn"}

    def stays(key: str) -> bool:
        return key in same or key.partition("/")[0] in compared

    kept = [pair for pair in earlier if stays(pair.a) and stays(pair.b)]
    fresh = [record for record in pictures if record.key not in same or record.key in unseen]
    others = Together(compared)
    found: tuple[Pair, ...] = ()
    left: tuple[Record, ...] = ()
    if fresh:
        found, left = search.found(pictures, fresh, compared.values())
    named = {name for one in decisions.pairs for name in (one.a, one.b)}
    asked = (*by_key(others, named).values(), *holding(others, {"image_id": named}))
    pictures += filter(comparable, map(alone, asked))
    return tuple(apply_decisions([*kept, *found], decisions.pairs, pictures)), left


def marked(
    records: Sequence[Record],
    pairs: Sequence[Pair],
    order: Mapping[str, int],
    decisions: Decisions,
    of_volumes: Sequence[Pair] = (),
) -> Iterator[Record]:
    """Yield rows with their holds, copies and groups.

    Args:
        records: Rows; none of them is held yet.
        pairs: All pairs of which a side is among them, and so is the other.
        order: Rank of each source; lower is closer to the owner.
        decisions: What people decided.
        of_volumes: Pictures that belong together because their volumes are copies.
    """
    held = hold(records, [*pairs, *of_volumes], decisions, order=order)
    return _mark(held, pairs, order, of_volumes)


def _usable(record: Record) -> bool:
    return record.status == "active" and comparable(record)


def _shows(record: Record) -> bool:
    """Return whether a row's picture can be a copy; one that is gone links others."""
    return comparable(alone(record))


def _mark(
    records: Sequence[Record],
    pairs: Sequence[Pair],
    order: Mapping[str, int],
    of_volumes: Sequence[Pair] = (),
) -> Iterator[Record]:
    by_key = {record.key: record for record in records}
    links = [
        Link(pair.a, pair.b, pair.kind, a_is_panel=_area(pair.transform) < 1)
        for pair in pairs
        if pair.kind != "undecided"
    ]
    pictures = [link for link in links if _shows(by_key[link.a]) and _shows(by_key[link.b])]
    used = {key: record for key, record in by_key.items() if _usable(record)}
    found = clusters.copies(pictures, used, order)
    together = [*links, *(Link(pair.a, pair.b, "part") for pair in of_volumes)]
    groups = clusters.groups([r for r in records if not left_by_configuration(r)], together)
    for record in records:
        copy = found.get(record.key)
        yield replace(
            record,
            duplicate_of=copy.of if copy else None,
            duplicate_kind=copy.kind if copy else None,
            group=groups.get(record.key),
        )


def _area(transform: str) -> float:
    """Return the share of b's area that a covers, from the map of one to the other in fractions."""
    numbers = [float(word) for word in transform.split() if word != "inverted"]
    if len(numbers) != 6:
        return 1.0
    xx, xy, _, yx, yy, _ = numbers
    return abs(xx * yy - xy * yx)
