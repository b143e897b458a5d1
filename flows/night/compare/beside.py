"""Count for the balance of splits what a night leaves as it is, without reading most of it.

A picture of which every row in its group is active stands where its row says: columns count those.
The others are few, and are read.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from covid19_images.manifest.columns import parsed
from covid19_images.manifest.record import COLUMNS, Record
from covid19_images.manifest.splits import (
    TARGETS,
    Side,
    Standing,
    Stratum,
    splittable,
    strata_of,
)
from flows.collection.manifest import Manifest
from flows.collection.questions import Together, has, holding, texts

_COLUMNS = {column.name: column for column in COLUMNS}
_Counts = Mapping[Stratum, Counter[Side]]
_NOT_ACTIVE = [word for word in _COLUMNS["status"].words if word != "active"]


@dataclass(frozen=True, slots=True)
class Beside:
    """Rows that have their split, and nothing in common with those that are placed.

    Attributes:
        rows: Those that are read.
        standing: How many pictures of the others stand where.
    """

    rows: Sequence[Record]
    standing: Standing = field(default_factory=dict)


def beside(records: Mapping[str, Sequence[Record]], touched: Collection[str]) -> Beside:
    """Return what stands beside the rows that are placed anew.

    Args:
        records: All rows, by source, of which those that are not read are as a night left them.
        touched: Keys of the rows that are placed anew, with all that these have something in
            common with.
    """
    uneven = list(_uneven(records, touched))
    paths: dict[str, set[str]] = defaultdict(set)
    for source, _, path in (key.partition("/") for key in touched):
        paths[source].add(path)
    for row in uneven:
        paths[row.source].add(row.path)
    standing: dict[Stratum, Counter[Side]] = defaultdict(Counter)
    found = uneven
    for name, rows in records.items():
        others = paths[name]
        if isinstance(rows, Manifest) and not rows.is_read:
            found += _of_columns(rows, name, others, standing)
        else:
            found += _of_rows(rows, name, others, standing)
    return Beside(found, standing)


def _uneven(records: Mapping[str, Sequence[Record]], touched: Collection[str]) -> Iterator[Record]:
    """Yield the rows of groups of which a row is not active."""
    every, seen, names = Together(records), set(touched), set[str]()
    fresh = list(holding(every, {"status": _NOT_ACTIVE}))
    while fresh := [row for row in fresh if row.key not in seen and splittable(row)]:
        yield from fresh
        seen |= {row.key for row in fresh}
        new = {one for row in fresh for one in (row.image_id, row.group) if one} - names
        names |= new
        fresh = list(holding(every, {"image_id": new, "group": new})) if new else []


def _of_columns(
    rows: Manifest, name: str, others: Collection[str], standing: _Counts
) -> Iterator[Record]:
    """Count those of a source that is not read, and yield the few that are to be read."""
    even = _even(rows, others)
    placed = pc.is_in(rows.cells["split"], value_set=pa.array(list(TARGETS)))
    # For training only, and linked with what is held out: the ledger knows where they stand.
    for at in pc.indices_nonzero(pc.and_(even, pc.invert(placed))).to_pylist():
        yield rows.one(at)
    asked = rows.cells.select(["finding", "modality", "split", "duplicate_of"])
    own = asked.filter(pc.and_(even, placed))
    own = own.filter(pc.equal(own["duplicate_of"], ""))
    groups = own.group_by(["finding", "modality", "split"]).aggregate([([], "count_all")])
    for words, modality, split, pictures in zip(
        *(column.to_pylist() for column in groups.columns), strict=True
    ):
        finding = parsed(_COLUMNS["finding"], words)
        assert isinstance(finding, tuple)
        for stratum in strata_of(name, finding, modality or None):
            standing[stratum][split] += pictures


def _of_rows(
    rows: Sequence[Record], name: str, others: Collection[str], standing: _Counts
) -> Iterator[Record]:
    """Count those of a source that is read, and yield the few that do not stand as they say."""
    counts: Counter[tuple[Sequence[str], str | None, Side]] = Counter()
    for row in rows:
        if row.path in others:
            continue
        if row.status != "active" or not splittable(row) or row.split not in TARGETS:
            yield row
        elif row.duplicate_of is None:
            counts[row.finding, row.modality, row.split] += 1
    for (finding, modality, split), pictures in counts.items():
        for stratum in strata_of(name, finding, modality):
            standing[stratum][split] += pictures


def _even(rows: Manifest, others: Collection[str]) -> pa.ChunkedArray:
    """Return which rows are active and show a picture that can be in a split, but for others."""
    cells = rows.cells
    masks = (
        pc.equal(cells["status"], "active"),
        pc.not_equal(cells["image_id"], ""),
        pc.invert(has(cells["quality"], "blank")),
        pc.invert(pc.is_in(cells["path"], value_set=texts("path", others))),
    )
    mask = masks[0]
    for other in masks[1:]:
        mask = pc.and_(mask, other)
    return mask
