"""The ledger of splits, `datasets/splits.csv`: a table that only grows.

A line names a picture by its content, never by its path or its patient: paths move and patients
are numbered anew. The line of a picture that is removed stays, so that it comes back where it was.

    >>> print(dumps([Placed("c19-00112233445566ff", "test")]), end="")
    image_id,split,since
    c19-00112233445566ff,test,
"""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from covid19_images.manifest.dataclass_csv import Table

Side = Literal["train", "validation", "test"]


class LedgerError(ValueError):
    """Raised for what the ledger must not contain: what, and where."""


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


_TABLE = Table(Placed, "datasets/splits.csv", error=LedgerError)
dumps = _TABLE.dumps  # in its own order: a longer ledger begins with the text of a shorter one


def loads(text: str, *, name: str = "datasets/splits.csv") -> list[Placed]:
    """Read the ledger.

    Args:
        text: The whole file.
        name: How errors call it.

    Raises:
        LedgerError: Where it is not what `dumps` writes, or places a picture twice.
    """
    ledger = _TABLE.loads(text, name=name)
    seen: set[str] = set()
    for line in ledger:
        if line.image_id in seen:
            raise LedgerError(f"{name} places {line.image_id} twice. Only its first line is true.")
        seen.add(line.image_id)
    return ledger
