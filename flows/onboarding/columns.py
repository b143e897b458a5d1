"""Guess which column of a table says what, and hold the guess against the column's own cells."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flows.config.source import Source
from flows.labels import fields
from flows.labels.files import NO, YES
from flows.labels.table import TableText, normal
from flows.labels.words import UnmappedError, Words

_FITS = 0.95  # of a column's different texts must be read as what it is taken for
_MARKS = 0.8  # of the cells must be yes or no; some tables have a word for doubt, too
_LOOKED_AT = 500
_COUNTED = ("event_offset", "offset", "offset_basis")
_BY_NAME: Mapping[str, str] = {
    "age": "age",
    "class": "finding",
    "country": "location",
    "diagnosis": "finding",
    "disease": "finding",
    "doi": "doi",
    "finding": "finding",
    "gender": "sex",
    "label": "finding",
    "labels": "finding",
    "licence": "licence",
    "license": "licence",
    "location": "location",
    "modality": "modality",
    "patient": "patient",
    "patient id": "patient",
    "patientid": "patient",
    "projection": "view",
    "saturation": "spo2",
    "sex": "sex",
    "spo2": "spo2",
    "subject": "patient",
    "subject id": "patient",
    "survival": "survival",
    "temperature": "temperature",
    "url": "url",
    "view": "view",
    "view position": "view",
}
_UNCHECKED = ("notes", "patient")  # any text is one
_FEW = 5


@dataclass(slots=True)
class Columns:
    """What the columns of a table seem to say.

    Attributes:
        sure: Columns by field, as other sources call them and as their cells fit.
        guessed: Columns by field, by their names or words; why, for each field.
        marked: Columns that are each named after a finding, and hold nothing but yes and no.
        offsets: Columns that count days, and the event they seem to count from.
        unknown: Columns nobody has met yet.
    """

    sure: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    guessed: dict[str, tuple[str, str]] = field(default_factory=dict)
    marked: list[str] = field(default_factory=list)
    offsets: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def says_finding(self) -> bool:
        """Return whether a column of it seems to be the finding."""
        return bool(self.marked) or "finding" in {*self.sure, *self.guessed}


def columns(text: TableText, key: str | None, others: Sequence[Source], words: Words) -> Columns:
    """Guess what every column says.

    Args:
        text: The table.
        key: The column that names images.
        others: The sources that are described already; they know columns.
        words: The collection's vocabulary.
    """
    known: dict[str, set[str]] = defaultdict(set)
    for source in others:
        for table in source.tables:
            for one in (table, *table.join):
                for name, named in one.fields.items():
                    for column in named:
                        known[normal(column)].add(name)
    found = Columns()
    for column in filter(None, text.columns):
        cells = _cells(text, column)
        if known[column] & set(_COUNTED) or counts_days(column):
            found.offsets.append((column, _basis(column)))
        elif column != key and _marks(column, cells, words):
            found.marked.append(column)
        elif not _is_sure(column, cells, known[column], words, found):
            _guess(column, cells, words, found, is_key=column == key)
    return found


def _cells(text: TableText, column: str) -> list[str]:
    cells = (row.cells.get(column, "").strip() for row in text.rows)
    return list(filter(None, cells))


def counts_days(column: str) -> bool:
    """Return whether a column is called after days that it counts."""
    return re.search(r"\b(offset|days?)\b", column) is not None


def _marks(column: str, cells: Sequence[str], words: Words) -> bool:
    """Return whether a column is called after a finding, and says yes or no to it."""
    if not _reads("finding", column, words) or words.knows_nothing(column):
        return False
    answers = sum(cell.casefold() in YES | NO for cell in cells)
    return any(cell.casefold() in YES for cell in cells) and answers >= _MARKS * len(cells)


def _basis(column: str) -> str:
    for word, basis in (("symptom", "symptom_onset"), ("onset", "symptom_onset")):
        if word in column:
            return basis
    return next((word for word in ("icu", "admission") if word in column), "unknown")


def _is_sure(
    column: str, cells: Sequence[str], known: set[str], words: Words, found: Columns
) -> bool:
    """Take a column for what all other sources take it for, where its cells fit."""
    if len(known) != 1:
        return False
    [name] = known
    if name in found.sure or not _fits(name, cells, words):
        return False
    if name == "patient" and len(cells) > _FEW and len(set(cells)) == len(cells):
        return False  # as many patients as rows: perhaps it numbers the pictures
    found.sure[name].append(column)
    return True


def _guess(
    column: str, cells: Sequence[str], words: Words, found: Columns, *, is_key: bool
) -> None:
    name = _BY_NAME.get(column)
    if name and name not in found.guessed and name not in found.sure:
        if _fits(name, cells, words):
            found.guessed[name] = (column, "by the column's name")
            return
    elif not (name or is_key or found.says_finding):
        numbers = sum(cell.replace(".", "").isdecimal() for cell in cells)
        if cells and not numbers and _fits("finding", cells, words):
            found.guessed["finding"] = (column, "its words are findings")
            return
    if not is_key:
        found.unknown.append(column)


def _fits(name: str, cells: Sequence[str], words: Words) -> bool:
    """Return whether nearly all texts of a column are read as a field."""
    if name in _UNCHECKED:
        return bool(cells)
    texts = [one for one in sorted(set(cells))[:_LOOKED_AT] if not words.knows_nothing(one)]
    return bool(texts) and sum(_reads(name, one, words) for one in texts) >= _FITS * len(texts)


def _reads(name: str, text: str, words: Words) -> bool:
    try:
        return bool(fields.read(name, text, words))
    except UnmappedError:
        return False
