"""What a picture carries until a person decides: the owner's value before a copy's.

In a release the kept copy of a picture is that of the source nearest to the owner. Where a copy
states what cannot hold beside it, the kept copy's value counts for every row of the picture.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.compatible import BOTH_HOLD, value
from covid19_images.manifest.statements.decided import DecidedFinding
from covid19_images.manifest.statements.exposures import exposures

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "finding": ("finding", "label_basis"),
    "view": ("view",),
    "sex": ("sex",),
    "age": ("age_min", "age_max"),
    "offset": ("offset_days", "offset_basis"),
}


def carried(records: Iterable[Record], decided: Mapping[str, DecidedFinding]) -> dict[str, Record]:
    """Return the rows that carry other values than their source states, by key.

    Where the kept copy's source contradicts itself nothing is carried: nobody can tell.

    Args:
        records: All rows of a release, as their sources state them.
        decided: What people decided of findings, by key; it counts before every source.
    """
    rows = list(records)
    found: dict[str, Record] = {}
    for same in exposures(rows):
        for field, columns in _COLUMNS.items():
            owner = _owner(same, field)
            if owner is None:
                continue
            for row in same:
                if value(row, field) and not BOTH_HOLD[field](owner, row):
                    cells = {name: getattr(owner, name) for name in columns}
                    found[row.key] = replace(found.get(row.key, row), **cells)
    for row in rows:
        if row.key in decided:
            finding = decided[row.key].finding
            found[row.key] = replace(found.get(row.key, row), finding=finding)
    return found


def _owner(rows: Sequence[Record], field: str) -> Record | None:
    """Return the row whose value counts; `None` where it states nothing, or nobody can tell."""
    kept = [row for row in rows if not row.duplicate_of]
    if len({row.source for row in kept}) != 1:
        return None
    own = [row for row in rows if row.source == kept[0].source and value(row, field)]
    if any(not BOTH_HOLD[field](a, b) for a, b in combinations(own, 2)):
        return None
    return min(own, key=lambda row: (row.duplicate_of is not None, row.key), default=None)
