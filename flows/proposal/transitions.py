"""Group relabelled images by what changed into what: 208 from SARS to COVID-19 are one line."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from covid19_images.manifest.record import COLUMNS, Record
from covid19_images.manifest.table import Change
from flows.proposal.changes import label_columns

# Columns whose cells are words of a vocabulary: many rows share one change.
_KINDS = ("enum", "list", "bool")
_GROUPED = {column.name for column in COLUMNS if column.kind in _KINDS} | {"licence", "country"}


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of one column that several rows share.

    Attributes:
        column: The column.
        before: The cell as it was, for people.
        after: The cell as it is now.
        paths: The rows' paths now, in order.
    """

    column: str
    before: str
    after: str
    paths: tuple[str, ...]


def transitions(changes: Sequence[Change]) -> list[Transition]:
    """Group rows by what changed into what, most rows first; what only one row has is left out.

    Args:
        changes: Rows before and after, both there.
    """
    rows: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for change in changes:
        before, after = change.before, change.after
        if before is None or after is None:
            continue
        for column in label_columns(change):
            if column in _GROUPED:
                rows[column, shown(before, column), shown(after, column)].append(after.path)
    found = [
        Transition(*key, tuple(sorted(paths))) for key, paths in rows.items() if len(paths) > 1
    ]
    return sorted(found, key=lambda t: (-len(t.paths), t.column, t.before, t.after))


def shown(record: Record, column: str) -> str:
    """Write a cell for people."""
    value = getattr(record, column)
    words = ", ".join(value) if isinstance(value, tuple) else value
    return "not stated" if words in (None, "") else str(words)
