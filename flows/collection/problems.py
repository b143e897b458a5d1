"""What a night could not explain: one line each in `datasets/problems.csv`, never lost.

People open this file in spreadsheets, and two of its columns are upstream's words: no cell
of it is a formula (see `covid19_images.manifest.spreadsheet`).
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields, replace
from typing import Literal, get_args

from covid19_images.manifest.spreadsheet import cell, uncell

Kind = Literal[
    "address_changed",
    "damaged_row",
    "decision_unmatched",
    "double_row",
    "file_without_row",
    "fork_behind",
    "impossible_value",
    "labels_kept",
    "lfs_pointer",
    "mixed_encoding",
    "not_compared",
    "patient_conflict",
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
        source: The source's name.
        file: The upstream file it stands in.
        line: The line of a table, or 0.
        kind: What sort of thing.
        what: The thing in words.
    """

    source: str
    file: str
    line: int
    kind: Kind
    what: str


_HEADER = [field.name for field in fields(Problem)]


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


def dumps(problems: Iterable[Problem]) -> str:
    """Write problems as CSV, sorted, each once."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    for problem in sorted(set(problems)):
        source, file, line, kind, what = astuple(problem)
        writer.writerow([source, cell(file), line or "", kind, cell(what)])
    return out.getvalue()


def loads(text: str) -> list[Problem]:
    """Read problems back.

    Raises:
        ValueError: When the text is not what `dumps` writes.
    """
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        if next(rows, []) != _HEADER:
            raise ValueError("datasets/problems.csv does not begin with the header we write.")
        return [_problem(row, rows.line_num) for row in rows]
    except csv.Error as error:
        raise ValueError(f"datasets/problems.csv, line {rows.line_num}: {error}.") from None


def _problem(row: Sequence[str], number: int) -> Problem:
    where = f"datasets/problems.csv, line {number}"
    if len(row) != len(_HEADER) or not re.fullmatch(r"\d*", row[2]):
        raise ValueError(f"{where}: not a row we write.")
    source, file, line, kind, what = row
    if kind not in get_args(Kind):
        raise ValueError(f"{where}: the kind {kind!r} is unknown.")
    return Problem(source, uncell(file), int(line or 0), kind, uncell(what))  # type: ignore[arg-type]
