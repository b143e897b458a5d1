"""Ask many rows a question, and read those only that are the answer.

The rows of a source that nothing touched stay unread (`Manifest`): their columns answer. Rows that
are there are asked one by one.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, overload

import pyarrow as pa
import pyarrow.compute as pc

from covid19_images.manifest.columns import Column, parsed, written
from covid19_images.manifest.record import COLUMNS, Record
from flows.collection.manifest import Manifest

_COLUMNS = {column.name: column for column in COLUMNS}


class Together(Sequence[Record]):
    """The rows of all sources, one source after the other; they are read when one is asked for."""

    def __init__(self, by_source: Mapping[str, Sequence[Record]]) -> None:
        """Put them together.

        Args:
            by_source: The rows of each source.
        """
        self.by_source = by_source

    @property
    def has_unread(self) -> bool:
        """Return whether there are rows whose columns are asked."""
        return any(map(is_unread, self.by_source.values()))

    @overload
    def __getitem__(self, at: int) -> Record: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Record]: ...

    def __getitem__(self, at: int | slice) -> Record | Sequence[Record]:
        return list(self)[at]

    def __len__(self) -> int:
        return sum(map(len, self.by_source.values()))

    def __iter__(self) -> Iterator[Record]:
        return chain.from_iterable(self.by_source.values())


def moved(
    before: Mapping[str, Sequence[Record]], after: Mapping[str, Sequence[Record]]
) -> tuple[list[Record], list[Record]]:
    """Return the rows before and after, but for those of sources that stayed as they were.

    Args:
        before: The rows of each source.
        after: The rows of each source; where it is the same object, nothing changed.
    """
    stays = {name for name, rows in after.items() if rows is before.get(name)}
    old, new = (
        [row for name, rows in some.items() if name not in stays for row in rows]
        for some in (before, after)
    )
    return old, new


def is_unread(rows: Iterable[Record]) -> bool:
    """Return whether the columns of rows are asked, and not the rows."""
    return isinstance(rows, Manifest) and not rows.is_read


def cells(rows: Iterable[Record], names: Sequence[str]) -> pa.Table:
    """Return columns of rows, as texts, as the manifest has them; empty where nothing is known.

    Args:
        rows: The rows.
        names: The columns.
    """
    if isinstance(rows, Together):
        parts = [cells(some, names) for some in rows.by_source.values()]
        return pa.concat_tables([*parts, cells((), names)])
    if isinstance(rows, Manifest) and not rows.is_read:
        return rows.cells.select(names)
    every = rows if isinstance(rows, Sequence) else tuple(rows)
    return pa.table({name: _written(_COLUMNS[name], every) for name in names})


def _written(column: Column, rows: Iterable[Record]) -> pa.Array:
    """Return a column of rows as texts; equal values are written once."""
    values = list(map(attrgetter(column.field), rows))
    if column.kind == "float":  # 0.0 and -0.0 are equal, and are two texts
        return pa.array([written(column, value) for value in values], pa.string())
    known = {value: written(column, value) for value in set(values)}
    return pa.array([known[value] for value in values], pa.string())


def holding(rows: Iterable[Record], wanted: Mapping[str, Collection[str]]) -> Iterator[Record]:
    """Yield the rows of which at least one column is one of some words, in their order.

    Args:
        rows: The rows.
        wanted: The words by the columns' names.
    """
    asked = {name: set(words) for name, words in wanted.items() if words}
    if not asked:
        return
    if isinstance(rows, Together):
        for some in rows.by_source.values():
            yield from holding(some, asked)
    elif isinstance(rows, Manifest) and not rows.is_read:
        masks = [
            pc.is_in(rows.cells[name], value_set=texts(name, words))
            for name, words in asked.items()
        ]
        yield from _read(rows, masks)
    else:
        fields = [(attrgetter(_COLUMNS[name].field), words) for name, words in asked.items()]
        for row in rows:
            for value_of, words in fields:  # `any` takes three times as long
                if value_of(row) in words:
                    yield row
                    break


def listing(rows: Iterable[Record], name: str, word: str) -> Iterator[Record]:
    """Yield the rows of which a column that is a list has a word.

    Args:
        rows: The rows.
        name: The column.
        word: The word, as it is in the file.
    """
    if isinstance(rows, Together):
        for some in rows.by_source.values():
            yield from listing(some, name, word)
    elif isinstance(rows, Manifest) and not rows.is_read:
        yield from _read(rows, [has(rows.cells[name], word)])
    else:
        field = _COLUMNS[name].field
        yield from (row for row in rows if word in getattr(row, field))


def has(column: pa.ChunkedArray, word: str) -> pa.ChunkedArray:
    """Return which cells of a list have a word."""
    return pc.match_substring_regex(column, f"(^|;){re.escape(word)}(;|$)")


def _read(rows: Manifest, masks: Sequence[pa.ChunkedArray]) -> Iterator[Record]:
    """Yield the rows that one of the masks takes."""
    mask = masks[0]
    for other in masks[1:]:
        mask = pc.or_(mask, other)
    for at in pc.indices_nonzero(mask).to_pylist():
        yield rows.one(at)


def texts(name: str, words: Iterable[str]) -> pa.Array:
    """Return words as a column has them in the file."""
    return pa.array([written(_COLUMNS[name], word) for word in words], pa.string())


def by_key(rows: Iterable[Record], keys: Iterable[str]) -> dict[str, Record]:
    """Return the rows of some keys, by key, in the order of the rows.

    Args:
        rows: The rows.
        keys: The keys; what is not there is left out.
    """
    wanted = set(keys)
    if not isinstance(rows, Together):
        return {row.key: row for row in rows if row.key in wanted} if wanted else {}
    paths: dict[str, set[str]] = defaultdict(set)
    for key in wanted:
        source, _, path = key.partition("/")
        paths[source].add(path)
    found = (holding(rows.by_source[name], {"path": paths[name]}) for name in rows.by_source)
    return {row.key: row for row in chain.from_iterable(found)}


def counted(rows: Iterable[Record], names: Sequence[str]) -> Counter[tuple[Any, ...]]:
    """Count active rows by what columns say of them, in the rows' types.

    Args:
        rows: The rows.
        names: The columns.
    """
    counts: Counter[tuple[Any, ...]] = Counter()
    if isinstance(rows, Together):
        for some in rows.by_source.values():
            counts.update(counted(some, names))
    elif not names:
        found = pc.equal(cells(rows, ["status"])["status"], "active")
        counts[()] = pc.sum(found).as_py() or 0
    elif isinstance(rows, Manifest) and not rows.is_read:
        columns = [_COLUMNS[name] for name in names]
        asked = rows.cells.select(list(dict.fromkeys(("status", *names))))
        found = active(asked).group_by(names).aggregate([([], "count_all")])
        for *texts, number in zip(*(column.to_pylist() for column in found.columns), strict=True):
            values = (parsed(column, text) for column, text in zip(columns, texts, strict=True))
            counts[tuple(values)] += number
    else:
        values_of = attrgetter(*(_COLUMNS[name].field for name in names))
        found = Counter(map(values_of, (row for row in rows if row.status == "active")))
        counts.update({(value,): n for value, n in found.items()} if len(names) == 1 else found)
    return counts


def tallied(rows: Iterable[Record], name: str) -> Counter[str]:
    """Count active rows by what a column says; a list counts once for each of its words.

    Args:
        rows: The rows.
        name: The column.
    """
    counts: Counter[str] = Counter()
    for (value,), number in counted(rows, [name]).items():
        words = value if isinstance(value, tuple) else [value] if value else []
        counts.update(dict.fromkeys(words or ["not stated"], number))
    return counts


def active(found: pa.Table) -> pa.Table:
    """Return the cells of active rows.

    Args:
        found: Cells of rows, their status among them.
    """
    return found.filter(pc.equal(found["status"], "active"))


def different(rows: Iterable[Record], name: str, *, beside: Sequence[str] = ()) -> int:
    """Count the different words that a column of active rows has.

    Args:
        rows: The rows.
        name: The column.
        beside: Columns that must say something too.
    """
    found = active(cells(rows, list(dict.fromkeys(("status", name, *beside)))))
    for other in (name, *beside):
        found = found.filter(pc.not_equal(found[other], ""))
    number: int = pc.count_distinct(found[name]).as_py()
    return number
