r"""Find what in a text may identify a person: days, names, record numbers, UIDs, addresses.

These are patterns and lists of names, no understanding: they find the forms they know, and nothing
says that a text without a finding names nobody. (presidio-analyzer was looked at: its rules for
names need language models, and its rules for numbers are patterns like these.)
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

from flows.text import people

Kind = Literal["date", "name", "number", "address"]


class Doubt(NamedTuple):
    """A stretch of a text that may identify a person."""

    start: int
    end: int
    kind: Kind


_MONTH = (
    r"(?:jan(?:uary|uar|vier|ner)?|feb(?:ruary|ruar)?|f[eé]v(?:rier)?|mar(?:ch|s)?|m[aä]r(?:z)?"
    r"|apr(?:il)?|avr(?:il)?|may|mai|jun[ei]?|juin|jul[iy]?|juillet|aug(?:ust)?|ao[uû]t"
    r"|sep(?:t(?:ember)?)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)"
)
_D, _M, _Y = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:18|19|20)\d\d"
_YEAR = r"(?:19[2-9]\d|20[0-3]\d)"  # in which somebody was born or seen; others count something
_DD, _MM = r"(?:0[1-9]|[12]\d|3[01])", r"(?:0[1-9]|1[0-2])"
_ANY, _TIGHT = "[-_./: ]", "[-_./]"


def _separated(first: str, second: str, third: str, *, by: str, n: int) -> str:
    return rf"{first}(?P<s{n}>{by}){second}(?P=s{n}){third}"


_NUMERIC = (
    _separated(_Y, _M, _D, by=_ANY, n=1),
    _separated(_Y, _D, _M, by=_ANY, n=2),
    _separated(_D, _M, _Y, by=_ANY, n=3),
    _separated(_M, _D, _Y, by=_ANY, n=4),
    _separated(_D, _M, r"\d\d", by=_TIGHT, n=5),
    _separated(_M, _D, r"\d\d", by=_TIGHT, n=6),
    _separated(r"\d\d", _MM, _DD, by=_TIGHT, n=7),
    rf"{_D}\. ?{_M}\. ?(?:{_Y}|\d\d)",
    rf"{_Y}{_MM}{_DD}(?:\d{{4}}|\d{{6,}})?",
    rf"(?:{_DD}{_MM}|{_MM}{_DD}){_Y}",
)
_SIX_DIGITS = rf"(?:{_DD}{_MM}\d\d|{_MM}{_DD}\d\d|\d\d{_MM}{_DD})"
# Each begins with a digit, or where a few words begin: that is quick to see.
_DATE = re.compile(
    rf"(?<!\d)(?=\d)(?:(?:{'|'.join(_NUMERIC)})(?!\d)"
    # A month and its year: a separator and more digits behind them would make them another number.
    rf"|(?:{_YEAR}[-_/]{_MM}|{_MM}[-_/]{_YEAR})(?![-_./:]?\d)"
    # A number of six digits is a day where nothing beside it makes it part of another number.
    rf"|(?<![.,]){_SIX_DIGITS}(?![\d]|[.,]\d))"
    rf"|(?<![a-z])(?=[oaelds])(?:on|am|le|el|dated?|seen|admitted|since)[-_.: ]{{1,3}}"
    rf"(?:{_D}[./]{_M}|{_M}[./]{_D})(?![\d/]|\.\d)",
    re.IGNORECASE,
)
_OF = r"(?:[-_. ]{0,2}of)?"
_DAY_OF_MONTH = (
    rf"{_D}(?:st|nd|rd|th)?{_OF}[-_. ]{{0,2}}{_MONTH}(?![a-z])",
    rf"(?<![a-z]){_MONTH}[-_. ]{{0,2}}{_D}(?:st|nd|rd|th)?",
)
_WITH_MONTH = re.compile(
    rf"(?<!\d)(?=\d)(?:{_D}(?:st|nd|rd|th)?[-_., ]{{0,2}}{_MONTH}[-_., ]{{0,2}}(?:{_Y}|\d\d)"
    rf"|{_Y}[-_., ]{{0,2}}{_MONTH}[-_., ]{{0,2}}{_D})(?!\d)"
    rf"|(?=[jfmasond])(?<![a-z]){_MONTH}[-_., ]{{0,2}}{_D}(?:st|nd|rd|th)?[-_., ]{{0,2}}{_Y}(?!\d)"
    rf"|(?<!\d)(?=\d){_DAY_OF_MONTH[0]}|(?=[jfmasond]){_DAY_OF_MONTH[1]}(?!\d)"
    rf"|(?=[jfmasond])(?<![a-z]){_MONTH}{_OF}[-_., ]{{0,2}}{_YEAR}(?!\d)"
    rf"|(?<!\d)(?=\d){_YEAR}[-_., ]{{0,2}}{_MONTH}(?![a-z])",
    re.IGNORECASE,
)
# How months begin: to look for these first is quicker than for the months.
_MONTHS_BEGIN = (
    *("jan", "feb", "fev", "fév", "mar", "mär", "apr", "avr", "may", "mai", "jun", "jui", "jul"),
    *("aug", "aou", "aoû", "sep", "oct", "okt", "nov", "dec", "dez"),
)
_BORN = re.compile(
    r"(?<![a-z])(?:born|d\.?o\.?b\.?|birth\w*|geb\w*|n[eé]e?)[-_.:,* ]{0,3}(?:(?:on|in|am|le)\s)?"
    rf"(?:{_MONTH}[-_., ]{{0,2}})?{_Y}(?!\d)(?:[-_./]\d{{1,2}}){{0,2}}",
    re.IGNORECASE,
)
_UID = re.compile(r"(?<![\w.])[0-2](?:([._-])\d{1,64})(?:\1\d{1,64}){3,30}")
_LONG_UID = 12  # characters; shorter ones are versions and chapters
_KEYWORD = re.compile(
    r"(?<![a-z])(?:mrn|m\.r\.n\.|pid|pat(?:ient)?[-_ ]?(?:id|no|nr|number)|acc(?:ession)?|ssn|nhs"
    r"|kvnr|svnr|hosp(?:ital)?[-_ ]?(?:id|no|nr)?|medical[-_ ]?record|record|rec|chart|file[-_ ]?no"
    r"|insurance|passport)[-_ .:#]*(?:no|nr|number)?[-_ .:#]*(?=[a-z]{0,3}\d)[a-z]{0,3}[\d-]{4,}",
    re.IGNORECASE,
)
_OF_PATIENT = re.compile(
    r"(?<![a-z])(?:(?:pat(?:ient)?|pt|case|mr|id|hn|urn|number|nr|no|episode|visit)"
    r"[-_ .:#]*(?:id|no|nr|number)?[-_ .:#]*"
    r"[1-9]\d{4,}|(?:pat(?:ient)?|case|mr)[-_ .:]*(?:#|(?:id|no|nr|number)[-_ .:#]+)\d{3,})(?!\d)",
    re.IGNORECASE,
)
_INSURANCE = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D](?![A-Za-z0-9])")
_LONG_NUMBER = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Za-z]{0,4}\d{7,}|[A-Za-z]{1,2}[1-9]\d{5})(?![A-Za-z0-9])"
)
_SOCIAL = re.compile(r"(?<!\d)\d{3}([- ])\d{2}\1\d{4}(?!\d)")
_PHONE = re.compile(
    r"(?=[(+\dtpfmc])(?:(?<!\w)\(0\d{1,5}\) ?\d{4,}"
    r"|\b(?:tel|phone|fon|telefon|mobile?|cell|fax)\w*[ .:]*[+(]?\d[\d ()/.-]{4,30}\d"
    r"|(?<![\w.])\+\d[\d ()/.-]{7,30}\d|(?<![\d-])\(?\d{3}\)?[- ]\d{3}[- ]\d{4}(?!\d))",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_STREET = re.compile(
    r"\b\d{1,5} [A-Z][a-z]+ (?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Boulevard)\b"
    r"|\b[A-Z][a-z]+ (?:Street|Road|Avenue|Lane|Drive|Boulevard) \d{1,5}\b"
    r"|\b[A-Z]\w+(?:str(?:\.|a(?:ß|ss)e)|weg|platz) \d{1,4}\b"
)
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_BETWEEN = re.compile(r"[\s,.:^-]{1,4}")
_CAMEL = re.compile(r"[a-zà-ÿ][A-ZÀ-Þ]")
_SHORTEST_JOINED, _LONGEST_JOINED = 7, 30  # letters
_SHORTEST_GIVEN, _SHORTEST_FAMILY = 4, 3  # with shorter ones many ordinary words are names
_TITLE = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "dr",
        "prof",
        "professor",
        "herr",
        "frau",
        "mme",
        "monsieur",
        "madame",
        "sr",
        "sra",
    ]
)
_LABEL = frozenset(["name", "patient", "pt"])


def numbers(text: str) -> Iterator[Doubt]:
    """Find days, record numbers, UIDs, telephone numbers and addresses.

    Args:
        text: A part of a path, or a text.
    """
    if "@" in text:
        yield from (Doubt(*found.span(), "address") for found in _EMAIL.finditer(text))
    if not _DIGIT.search(text):
        return  # all others have one
    for pattern, kind in _PATTERNS:
        yield from (Doubt(*found.span(), kind) for found in pattern.finditer(text))
    if names_month(text):
        yield from (Doubt(*found.span(), "date") for found in _WITH_MONTH.finditer(text))
    for found in _UID.finditer(text):
        if found.end() - found.start() >= _LONG_UID:
            yield Doubt(*found.span(), "number")


_PATTERNS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (_BORN, "date"),
    (_DATE, "date"),
    (_KEYWORD, "number"),
    (_OF_PATIENT, "number"),
    (_INSURANCE, "number"),
    (_SOCIAL, "number"),
    (_PHONE, "number"),
    (_STREET, "address"),
)


_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def names_month(text: str) -> bool:
    """Return whether a month may be named."""
    small = text.casefold()
    return any(begin in small for begin in _MONTHS_BEGIN)


def long_numbers(text: str) -> Iterator[Doubt]:
    """Find numbers of seven digits and more, as records have them; for names of files only."""
    random = _UUID.sub(lambda found: "-" * len(found[0]), text)  # tells nobody
    return (Doubt(*found.span(), "number") for found in _LONG_NUMBER.finditer(random))


def names(text: str, *, capital: bool) -> Iterator[Doubt]:
    """Find names of people: two words of the lists side by side, or one behind a title.

    Args:
        text: A part of a path, or a text.
        capital: Whether a name must begin with a capital letter, as in sentences.
    """
    words = list(_WORD.finditer(text))
    for word in words if capital and _CAMEL.search(text) else ():
        if _CAMEL.search(word[0]) and _is_joined(word[0]):
            yield Doubt(*word.span(), "name")
    begins, caret = _begins_name(), "^" in text
    folded = [people.folded(word[0]) for word in words]
    for at, (a, b) in enumerate(pairwise(folded)):
        if not (a in begins or len(a) == 1 or caret):
            continue  # most words by far
        first, second = words[at], words[at + 1]
        between = text[first.end() : second.start()]
        if not (_BETWEEN.fullmatch(between) if capital else len(between) <= 2):
            continue
        small = capital and not (first[0][0].isupper() and second[0][0].isupper())
        if "^" in between or (_is_small_name(a, b) if small else _is_name(a, b)):
            start = second.start() if a in _TITLE | _LABEL else first.start()
            yield Doubt(start, second.end(), "name")


@cache
def _begins_name() -> frozenset[str]:
    """Return what the first of two words is where both are a name; else it is an initial."""
    return people.given() | people.family() | _TITLE | _LABEL


def joined_names(words: Iterable[str]) -> bool:
    """Return whether a word of a file's name is two names in one, as in `johnsmith`."""
    return any(map(_is_joined, words))


@lru_cache(maxsize=65_536)
def _is_joined(word: str) -> bool:
    """Return whether a word is a given and a family name, or the other way round, in one."""
    folded = people.folded(word)
    if not _SHORTEST_JOINED <= len(folded) <= _LONGEST_JOINED or folded in people.ordinary():
        return False
    given, family = people.given(), people.family()
    if folded in given or folded in family:
        return False  # a name like any other
    cuts = range(_SHORTEST_FAMILY, len(folded) - _SHORTEST_FAMILY + 1)
    parts = [(folded[:at], folded[at:]) for at in cuts]
    both = [*parts, *((b, a) for a, b in parts)]
    return any(len(a) >= _SHORTEST_GIVEN and a in given and b in family for a, b in both)


def _is_small_name(a: str, b: str) -> bool:
    """Return whether two words of a sentence are a name although one of them begins small."""
    if a in _TITLE | _LABEL:
        return b in people.given() or b in people.family() or (a in _LABEL and _is_joined(b))
    given, family = people.given(), people.family()
    if min(len(a), len(b)) < _SHORTEST_GIVEN:
        return False
    return (a in given and b in family) or (a in family and b in given)


def _is_name(a: str, b: str) -> bool:
    given, family = people.given(), people.family()
    if a in _TITLE | _LABEL:
        return b in given or b in family
    if 1 in (len(a), len(b)):  # an initial
        return max(a, b, key=len) in family and max(len(a), len(b)) >= _SHORTEST_GIVEN
    return (a in given and (b in family or b in given)) or (a in family and b in given)
