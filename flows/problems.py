"""What a night could not explain: one line each in `datasets/problems.csv`, never lost."""

import csv
import io
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from typing import Literal, get_args

Kind = Literal[
    "double_row",
    "file_without_row",
    "lfs_pointer",
    "refused",
    "row_without_file",
    "submodule",
    "symlink",
    "table_missing",
    "table_unreadable",
    "unknown_column",
    "unlisted_file",
    "unmapped_value",
    "unsafe_path",
]


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


def dumps(problems: Iterable[Problem]) -> str:
    """Write problems as CSV, sorted, each once."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    for problem in sorted(set(problems)):
        source, file, line, kind, what = astuple(problem)
        writer.writerow([source, file, line or "", kind, what])
    return out.getvalue()


def loads(text: str) -> list[Problem]:
    """Read problems back.

    Raises:
        ValueError: When the text is not what `dumps` writes.
    """
    rows = csv.reader(io.StringIO(text, newline=""))
    if next(rows, []) != _HEADER:
        raise ValueError("datasets/problems.csv does not begin with the header we write")
    problems = []
    for source, file, line, kind, what in rows:
        if kind not in get_args(Kind):
            raise ValueError(f"datasets/problems.csv holds the unknown kind {kind!r}")
        problems.append(Problem(source, file, int(line or 0), kind, what))  # type: ignore[arg-type]
    return problems
