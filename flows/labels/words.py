"""Turn upstream's words into the collection's, and say which have no translation."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import inf

import pycountry


class UnmappedError(ValueError):
    """Raised for a value that has no word in the vocabulary: it is reported, never guessed."""


class ImpossibleError(UnmappedError):
    """Raised for a quantity that no person can have."""


def fold(text: str) -> str:
    """Compare words without case, surrounding or doubled spaces.

    >>> fold("  AP  Supine ")
    'ap supine'
    """
    return re.sub(r"[\s_]+", " ", text.strip()).casefold()


@dataclass(frozen=True, slots=True)
class Words:
    """The translations in force for one source.

    Attributes:
        unknown: Folded words that mean "not stated".
        values: For each field, folded upstream words and what they mean; `*` stands for any other.
        countries: Folded names of countries that ISO 3166 spells differently.
        ranges: The least and most that a quantity can be, by field.
        fahrenheit: Whether this source writes temperatures in Fahrenheit.
    """

    unknown: frozenset[str]
    values: Mapping[str, Mapping[str, tuple[str, ...]]]
    countries: Mapping[str, str]
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    fahrenheit: bool = False

    def knows_nothing(self, text: str) -> bool:
        """Return whether a cell holds no information."""
        return fold(text) in self.unknown

    def translate(self, field: str, text: str) -> tuple[str, ...]:
        """Translate a value into the collection's words.

        Raises:
            UnmappedError: When there is no translation.
        """
        table = self.values.get(field, {})
        meant = table.get(fold(text), table.get("*"))
        if meant is None:
            raise UnmappedError(text)
        return meant

    def check(self, name: str, text: str, *numbers: float | None) -> None:
        """Raise where a quantity is out of its range.

        Raises:
            ImpossibleError: With the upstream's text and the range.
        """
        least, most = self.ranges.get(name, (-inf, inf))
        if any(number is not None and not least <= number <= most for number in numbers):
            raise ImpossibleError(f"{text!r}, which cannot be: it goes from {least:g} to {most:g}")

    def country(self, place: str) -> str:
        """Find the ISO 3166 code of the last part of a place that names a country.

        Raises:
            UnmappedError: When no part does.
        """
        for part in reversed(re.split(r"[,;(]", place)):
            name = part.strip(" ).")
            code = self.countries.get(fold(name)) or _iso_names().get(fold(name))
            if code:
                return code
        raise UnmappedError(place)


@cache
def _iso_names() -> dict[str, str]:
    """List what ISO 3166 calls countries; no short codes, or the state "IN" would be India."""
    names = ("name", "official_name", "common_name")
    return {
        fold(getattr(country, name)): country.alpha_2
        for country in pycountry.countries
        for name in names
        if hasattr(country, name)
    }


def words(
    unknown: Iterable[str],
    countries: Mapping[str, str],
    *layers: Mapping[str, Mapping[str, str | tuple[str, ...]]],
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> Words:
    """Join vocabularies, later ones winning word by word."""
    values: dict[str, dict[str, tuple[str, ...]]] = {}
    for layer in layers:
        for name, table in layer.items():
            mine = values.setdefault(name, {})
            for word, meant in table.items():
                mine[fold(word)] = (meant,) if isinstance(meant, str) else tuple(meant)
    folded = {fold(name): code for name, code in countries.items()}
    return Words(frozenset(map(fold, unknown)) | {""}, values, folded, ranges or {})
