"""The fields a layout can name, and how the text of each becomes manifest columns."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from flows.labels.quantities import (
    NotAQuantityError,
    age_years,
    celsius,
    extent,
    measurement,
    whole,
)
from flows.labels.words import UnmappedError, Words, fold

Columns = dict[str, Any]
MAX_PERCENT = 100
Reader = Callable[[str, Words], Columns]

_BETWEEN_FINDINGS = re.compile(r"[|,;]")
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE)


def _word(field: str, column: str | None = None) -> Reader:
    def read(text: str, words: Words) -> Columns:
        meant = words.translate(field, text)
        return {column or field: meant[0]} if meant and meant[0] else {}

    return read


def _yes(field: str, column: str | None = None, *, negated: bool = False) -> Reader:
    def read(text: str, words: Words) -> Columns:
        table = words.values.get(field, {})
        meant = words.translate(field if table else "yes_no", text)[0]
        return {column or field: (meant == "yes") != negated} if meant else {}

    return read


def _finding(text: str, words: Words) -> Columns:
    """Split a cell that holds several findings; of a path such as `A/B/C` keep the last."""
    found: list[str] = []
    whole_cell = words.values.get("finding", {}).get(fold(text))
    pieces = [text] if whole_cell is not None else _BETWEEN_FINDINGS.split(text)
    for piece in pieces:
        if not words.knows_nothing(piece):
            found += words.translate("finding", piece.rpartition("/")[2])
    return {"finding": tuple(dict.fromkeys(filter(None, found))), "finding_raw": one_line(text)}


def _age(text: str, words: Words) -> Columns:
    lowest, highest = age_years(text)
    words.check("age", text, *extent(text))
    return {"age_min": lowest, "age_max": highest}


def _measured(name: str, column: str) -> Reader:
    def read(text: str, words: Words) -> Columns:
        number, qualifier = measurement(text)
        if name == "temperature" and words.fahrenheit:
            number = celsius(number)
        words.check(name, text, number)
        return {column: number, f"{column}_qualifier": qualifier}

    return read


def _offset(text: str, words: Words) -> Columns:
    days = whole(text)
    words.check("offset", text, days)
    return {"offset_days": days}


def _event_offset(text: str, words: Words) -> Columns:
    """Turn days from the picture to an event round, into days since the event."""
    days = whole(text)
    words.check("event_offset", text, days)
    return {"offset_days": -days}


def _spo2(text: str, words: Words) -> Columns:
    cells = _measured("spo2", "spo2_percent")(text, words)
    if cells["spo2_percent"] > MAX_PERCENT:
        raise UnmappedError(text)  # some upstreams write a partial pressure in mmHg here
    return cells


def _text(column: str) -> Reader:
    return lambda text, _: {column: one_line(text)}


def _doi(text: str, _: Words) -> Columns:
    found = _DOI.fullmatch(text.strip())
    if not found:
        raise UnmappedError(text)
    return {"doi": found[1]}


def _url(text: str, _: Words) -> Columns:
    if not re.fullmatch(r"https?://[^\s<>\"]+", text.strip()):
        raise UnmappedError(text)
    return {"url": text.strip()}


def _quality(text: str, words: Words) -> Columns:
    return {"quality": words.translate("quality", text)}


def one_line(text: str) -> str:
    r"""Return text on one line without control characters.

    >>> one_line("two\r\nlines\t.")
    'two lines .'
    """
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


READERS: Mapping[str, Reader] = {
    "age": _age,
    "died": _yes("died", "survival", negated=True),
    "doi": _doi,
    "event_offset": _event_offset,
    "finding": _finding,
    "icu": _yes("icu"),
    "intubated": _yes("intubated"),
    "label_basis": _word("label_basis"),
    "licence": _word("licence"),
    "location": lambda text, words: {"country": words.country(text)},
    "modality": _word("modality"),
    "notes": _text("notes"),
    "offset": _offset,
    "offset_basis": _word("offset_basis"),
    "oxygen": _yes("oxygen"),
    "patient": _text("patient_id"),
    "quality": _quality,
    "sex": _word("sex"),
    "spo2": _spo2,
    "survival": _yes("survival"),
    "temperature": _measured("temperature", "temperature_c"),
    "url": _url,
    "view": _word("view"),
}


def read(field: str, text: str, words: Words) -> Columns:
    """Read one field's text into columns; a text that says nothing gives none.

    Raises:
        UnmappedError: When the text says something we have no word for.
    """
    if words.knows_nothing(text):
        return {}
    try:
        return READERS[field](text, words)
    except NotAQuantityError:
        raise UnmappedError(text) from None
