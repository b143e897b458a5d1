"""Find tables that are of patients, and say more of the rows of a table of images."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flows.config.source import Source
from flows.labels.table import TableText
from flows.labels.words import Words
from flows.onboarding.columns import Columns, columns

_ENOUGH = 0.8  # of the keys of a table of images must have a row
_ALIKE = 0.05  # of the rows of what is joined may have a key twice
_FEWEST = 3  # different keys, or chance would do
_IDENTIFIES = re.compile(r"\b(id|patient|patientid|case|subject|study|name|key)\b")


@dataclass(frozen=True, slots=True)
class JoinGuess:
    """A table that gives columns to the rows of another one.

    Attributes:
        file: The table.
        on: The column of the other table with the key.
        to: Its own column with the key.
        found: How many of the other's keys have a row.
        keys: How many keys the other has.
        columns: What its columns seem to say.
    """

    file: str
    on: str
    to: str
    found: int
    keys: int
    columns: Columns


def joins(
    text: TableText,
    image: str,
    beside: Mapping[str, TableText],
    others: Sequence[Source],
    words: Words,
) -> Iterator[JoinGuess]:
    """Guess which of the tables that name no image belong to a table that does.

    Args:
        text: The table of images.
        image: Its column that names them.
        beside: The tables that name no image.
        others: The sources that are described already; they know columns.
        words: The collection's vocabulary.
    """
    for file, other in sorted(beside.items()):
        tried = [
            one
            for on in text.columns
            if on and on != image
            for to in filter(None, other.columns)
            if (one := _tried(text, on, other, to))
        ]
        if tried:
            found, keys, on, to = max(tried, key=lambda one: (one[0], one[2] == one[3]))
            yield JoinGuess(file, on, to, found, keys, columns(other, to, others, words))


def _tried(text: TableText, on: str, other: TableText, to: str) -> tuple[int, int, str, str] | None:
    """Return how many keys are found, where it is more than chance that they are."""
    if on != to and not (_IDENTIFIES.search(on) and _IDENTIFIES.search(to)):
        return None
    there = _cells(other, to)
    wanted, have = set(_cells(text, on)), set(there)
    found = len(wanted & have)
    enough = len(wanted) >= _FEWEST and found >= _ENOUGH * len(wanted)
    if not enough or len(there) - len(have) > _ALIKE * len(there):
        return None
    return found, len(wanted), on, to


def _cells(text: TableText, column: str) -> list[str]:
    cells = (row.cells.get(column, "").strip() for row in text.rows)
    return list(filter(None, cells))
