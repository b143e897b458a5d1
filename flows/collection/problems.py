"""What a night could not explain: one line each in `datasets/problems.csv`, never lost.

People open this file in spreadsheets, and two of its columns are upstream's words: no cell
of it is a formula (see `covid19_images.manifest.spreadsheet`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from covid19_images.manifest import identifiers
from covid19_images.manifest.dataclass_csv import Table

Kind = Literal[
    "address_changed",
    "damaged_row",
    "decision_unmatched",
    "double_row",
    "file_without_row",
    "fork_behind",
    "impossible_value",
    "join_without_row",
    "labels_kept",
    "lfs_pointer",
    "mask_without_picture",
    "mixed_encoding",
    "not_compared",
    "patient_conflict",
    "patients_alike",
    "refused",
    "row_without_file",
    "submodule",
    "symlink",
    "table_dialect",
    "table_missing",
    "table_unreadable",
    "unknown_column",
    "unit_converted",
    "unlisted_file",
    "unmapped_value",
    "unsafe_path",
]


MOST_ALIKE = 1000  # of one kind, in one file
MOST_CHARACTERS = 500


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that needs a person's eye.

    Attributes:
        source: The source's name; empty where it is of none.
        file: The file it stands in; empty where it is of none.
        line: The line of a table, or 0.
        kind: What sort of thing.
        what: The thing in words.
    """

    source: str = field(metadata={"empty": ""})
    file: str = field(metadata={"empty": ""})
    line: int = field(metadata={"empty": 0})
    kind: Kind
    what: str = field(metadata={"empty": ""})


def bounded(problems: Iterable[Problem]) -> list[Problem]:
    """Return at most so many problems of each kind, so that one broken file does not fill the list.

    Args:
        problems: Those of any number of sources.
    """
    alike: dict[tuple[str, str, str], list[Problem]] = defaultdict(list)
    for problem in sorted(set(problems)):
        short = replace(problem, what=_short(problem.what))
        alike[problem.source, problem.file, problem.kind].append(short)
    kept = []
    for some in alike.values():
        kept += some[:MOST_ALIKE]
        if len(some) > MOST_ALIKE:
            more = f"and {len(some) - MOST_ALIKE:,} more like these"
            kept.append(replace(some[-1], line=0, what=more))
    return kept


def _short(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"


def _odd(cells: Mapping[str, object]) -> Iterator[str]:
    return identifiers.odd({name: value for name, value in cells.items() if value})


_TABLE = Table(Problem, "datasets/problems.csv", odd=_odd)
loads = _TABLE.loads


def dumps(problems: Iterable[Problem]) -> str:
    """Write problems as CSV, sorted, each once."""
    return _TABLE.dumps(sorted(set(problems)))
