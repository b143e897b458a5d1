"""Guess what tables say: how a row names its image, its columns, and what is joined to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flows.config.source import Source
from flows.labels.table import TableText
from flows.labels.words import Words
from flows.onboarding import columns as guessed
from flows.onboarding.columns import Columns
from flows.onboarding.joins import JoinGuess, joins
from flows.onboarding.key import Key, key
from flows.onboarding.names import ending
from flows.onboarding.sort import DOCUMENTS

_MUCH = 3  # images that a document must describe, or it may be of one, or a program's settings


@dataclass(frozen=True, slots=True)
class TableGuess:
    """What a table seems to say.

    Attributes:
        file: Its path.
        key: How a row names its image; `None` where no column does.
        columns: What its columns say.
        images: How many images there are, for words.
        joined: Tables that seem to say more of its rows.
    """

    file: str
    key: Key | None
    columns: Columns
    images: int
    joined: Sequence[JoinGuess] = ()

    @property
    def every_file(self) -> tuple[str, ...]:
        """Return its path, and those of the tables that are joined to it."""
        return (self.file, *(one.file for one in self.joined))

    @property
    def has_finding(self) -> bool:
        """Return whether a column of it, or of what is joined, seems to be the finding."""
        every = (self.columns, *(one.columns for one in self.joined))
        return self.key is not None and any(one.says_finding for one in every)

    @property
    def has_patient(self) -> bool:
        """Return whether a column of it, or of what is joined, seems to be the patient."""
        every = (self.columns, *(one.columns for one in self.joined))
        return self.key is not None and any("patient" in {*one.sure, *one.guessed} for one in every)


def table_guesses(
    tables: Mapping[str, TableText],
    images: Sequence[str],
    others: Sequence[Source],
    words: Words,
) -> list[TableGuess]:
    """Guess what the tables say; those that are joined to others stand with them only."""
    named = [_table(file, text, images, others, words) for file, text in sorted(tables.items())]
    beside = {one.file: tables[one.file] for one in named if one.key is None}
    read = [
        replace(one, joined=tuple(joins(tables[one.file], one.key.column, beside, others, words)))
        if one.key
        else one
        for one in named
        if ending(one.file) not in DOCUMENTS or _says_much(one)
    ]
    for one in read:
        _join_by_patient(one)
    taken = {joined.file for one in read for joined in one.joined}
    return [one for one in read if one.file not in taken]


def _join_by_patient(table: TableGuess) -> None:
    """Take the key to a table of patients for the patient, where no column is."""
    if table.joined and not table.has_patient:
        joined, columns = table.joined[0], table.columns
        columns.guessed["patient"] = (joined.on, f"it leads to {joined.file}")
        columns.unknown = [column for column in columns.unknown if column != joined.on]


def _table(
    file: str, text: TableText, images: Sequence[str], others: Sequence[Source], words: Words
) -> TableGuess:
    found = key(file, text, images)
    columns = guessed.columns(text, found.column if found else None, others, words)
    return TableGuess(file, found, columns, len(images))


def _says_much(table: TableGuess) -> bool:
    return table.key is not None and table.key.named >= _MUCH
