"""The ledger of splits, `datasets/splits.csv`: a table that only grows.

A line names a picture by its content, never by its path or its patient: paths move and patients
are numbered anew. The line of a picture that is removed stays, so that it comes back where it was.

    >>> loads(dumps([Placed("c19-00ff", "test", None)])) == [Placed("c19-00ff", "test", None)]
    True
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Side = Literal["train", "validation", "test"]
_HEADER = ["image_id", "split", "since"]


class LedgerError(ValueError):
    """Say what the ledger holds that it must not hold, and where."""


@dataclass(frozen=True, slots=True, order=True)
class Placed:
    """One line: which picture is in which split.

    Attributes:
        image_id: The picture's content.
        split: Where it is, for good.
        since: UTC date of the upstream state it was placed with; `None` where there was none.
    """

    image_id: str
    split: Side
    since: dt.date | None = None


def dumps(ledger: Iterable[Placed]) -> str:
    """Write the ledger in its own order: a longer ledger begins with the text of a shorter one."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    for line in ledger:
        writer.writerow([line.image_id, line.split, line.since.isoformat() if line.since else ""])
    return out.getvalue()


def loads(text: str, *, name: str = "datasets/splits.csv") -> list[Placed]:
    """Read the ledger.

    Args:
        text: The whole file.
        name: How errors call it.

    Raises:
        LedgerError: Where it is not what `dumps` writes, or places a picture twice.
    """
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        if next(rows, []) != _HEADER:
            raise LedgerError(f"{name} does not begin with the header {','.join(_HEADER)}.")
        ledger = [_placed(row, f"{name}, line {rows.line_num}") for row in rows]
    except csv.Error as error:
        raise LedgerError(f"{name}, line {rows.line_num}: {error}.") from None
    seen: set[str] = set()
    for line in ledger:
        if line.image_id in seen:
            raise LedgerError(f"{name} places {line.image_id} twice. Only its first line is true.")
        seen.add(line.image_id)
    return ledger


def _placed(row: Sequence[str], where: str) -> Placed:
    if len(row) != len(_HEADER) or not row[0] or row[1] not in get_args(Side):
        raise LedgerError(f"{where}: not a line of image_id, train|validation|test, date.")
    try:
        since = dt.date.fromisoformat(row[2]) if row[2] else None
    except ValueError:
        raise LedgerError(f"{where}: {row[2]!r} is not a date.") from None
    return Placed(row[0], row[1], since)  # type: ignore[arg-type]  # checked above
