"""Decide what of an upstream's names and words may be shown, and where.

- Paths stand as they are in git where they are the key: the manifests, `datasets/duplicates.csv`,
  `config/decisions.toml`. In proposals, their pages and sheets, CHANGES, problems and releases, one
  that may identify a person is replaced.
- Notes and findings in upstream's words stand nowhere as they are: what may identify a person is
  taken out before a manifest is written.

A path that may identify a person is replaced by the blob's id; whoever is to look finds the file
by it (`git log --find-object=BLOB`, or the row of the manifest). Such texts are found by patterns
and lists, see `flows.text.doubts`. Where a source's names are known to be harmless, its
configuration says so by rule, with the reason.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import Any

from covid19_images.manifest.record import Record
from flows.text import doubts, people
from flows.text.doubts import Doubt

_WITHHELD = re.compile(r"(?:.*/)?withheld/[0-9a-f]{16}(?:-\d+)?(?:\.[a-z]{2,4}){0,2}")
_FREE_TEXTS = ("notes", "finding_raw")

_FEW_DIGITS = re.compile(r"[^\d@]*(?:\d[^\d@]*){0,2}")  # a file's name with these has no number

NO_BLOB = "0" * 40
"""Stands for the blob of a file that is no longer at hand."""

_ENDING = re.compile(r"(?:\.nii\.gz|\.[a-z]{2,4})$", re.IGNORECASE)
_ENDINGS = frozenset(
    {".png", ".jpg", ".jpeg", ".dcm", ".dicom", ".nii", ".nii.gz", ".tif", ".tiff", ".bmp", ".gif"}
    | {".webp", ".csv", ".tsv", ".xlsx", ".txt"}
)
_GIVEN_AND_FAMILY, _SHORTEST_FAMILY = 2, 4  # words; letters
_NEUTRAL = frozenset(
    {"xray", "cxr", "cr", "dx", "ct", "chest", "scan", "pa", "ap", "lat", "img", "image", "im"}
    | {"frontal", "lateral", "left", "right", "follow", "up", "followup", "day", "slice", "copy"}
    | {
        "case",
        "study",
        "subject",
        "no",
        "nr",
        "patient",
        "pt",
        "of",
        "mr",
        "mrs",
        "ms",
        "dr",
        "covid",
    }
)
_BESIDE_A_RECORD = frozenset({"xray", "cxr", "cr", "dx", "chest", "pa", "ap", "lat", "study"})
_RECORD = re.compile(r"[1-9]\d{4,}")  # counters of files are shorter, or filled up with zeros
_OURS = r"\bc19-[0-9a-f]{16}\b|\bwithheld/[0-9a-f]{16}(?:-\d+)?(?:\.[a-z]{2,4}){0,2}(?![\w/])"
_PUBLIC = re.compile(
    rf"https?://\S+|\b10\.\d{{4,9}}/\S+|\b(?:PMC|PMID:?\s?)\d+|{_OURS}", re.IGNORECASE
)
_CREDIT = re.compile(
    r"(?:courtesy of|credits?(?: to)?:?|©|copyright|author\w*:?|radiologist:?)[^;\n]{0,40}$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\s'\"`«»()]+")
_FILE = re.compile(r".*(?:[/_].|\.(?:png|jpe?g|dcm|nii|gz|tiff?|csv)$)", re.IGNORECASE | re.DOTALL)
_OF_FILES = frozenset("/_.")  # one of them is in whatever `_FILE` matches
_CREDIT_CHARACTERS = 60  # before a name, in which it may be said that it is to be credited


def may_tell(path: str, harmless: Sequence[str] = ()) -> bool:
    """Return whether a path may identify a person.

    Args:
        path: A path in an upstream's repository.
        harmless: Regular expressions; a path that one matches as a whole is shown.
    """
    if is_withheld(path) or any(re.fullmatch(rule, path) for rule in harmless):
        return False
    return any(_part_may_tell(part) for part in path.split("/"))


def is_withheld(path: str) -> bool:
    """Return whether a path is one of those that stand for another."""
    return _WITHHELD.fullmatch(path) is not None


def withheld(path: str, blob: str, *, number: int = 0) -> str:
    """Return what stands for a path that is not shown.

    Args:
        path: The path.
        blob: Its blob id.
        number: Tells several paths of one blob apart.

    >>> withheld("John_Smith.PNG", "0123456789abcdef0123")
    'withheld/0123456789abcdef.png'
    """
    return f"withheld/{blob[:16]}{f'-{number}' if number else ''}{_ending(path)}"


def shown_path(path: str, blob: str, harmless: Sequence[str] = ()) -> str:
    """Return a path as people may see it."""
    return withheld(path, blob) if may_tell(path, harmless) else path


def shown_text(text: str, harmless: Sequence[str] = ()) -> str:
    """Return a text in which what may identify a person is replaced by its kind.

    Addresses of pages and publications stay, ids of ours, and so does who is to be credited.

    >>> shown_text("born 1950-03-14, fever 38.5")
    '[date], fever 38.5'
    """
    return _shown_text(text, tuple(harmless))


@lru_cache(
    maxsize=16_384
)  # a note is shown on every page, sheet and table, and often of many images
def _shown_text(text: str, harmless: tuple[str, ...]) -> str:
    masked = _PUBLIC.sub(lambda found: "\0" * len(found[0]), text)
    found = _in_text(masked, harmless)
    parts, at = [], 0
    for doubt in _merged(found):
        parts += [text[at : doubt.start], f"[{doubt.kind}]"]
        at = doubt.end
    return "".join([*parts, text[at:]])


def shown_words(record: Record) -> Record:
    """Return a row whose texts have nothing in them that may identify a person; its path stays."""
    words: dict[str, Any] = {name: shown_text(text) for name, text in free_texts(record).items()}
    return replace(record, **words)


def free_texts(record: Record) -> dict[str, str]:
    """Return the texts of a row, by column, that may hold an upstream's own words or names.

    Of the reasons only that of a refused file can quote the file; all others are our own words,
    as in `gone upstream since 2020-03-14`.
    """
    columns = (*_FREE_TEXTS, "status_reason") if record.status == "refused" else _FREE_TEXTS
    return {name: text for name in columns if (text := getattr(record, name))}


def _in_text(text: str, harmless: Sequence[str]) -> Iterator[Doubt]:
    yield from doubts.numbers(text)
    yield from doubts.long_numbers(text)
    for doubt in doubts.names(text, capital=True):
        if not _CREDIT.search(text[max(0, doubt.start - _CREDIT_CHARACTERS) : doubt.start]):
            yield doubt
    for word in _WORD.finditer(text):
        if (
            not _OF_FILES.isdisjoint(word[0])
            and _FILE.match(word[0])
            and may_tell(word[0], harmless)
        ):
            yield Doubt(*word.span(), "name")


def _merged(found: Iterable[Doubt]) -> Iterator[Doubt]:
    """Join what overlaps; the first says the kind."""
    last: Doubt | None = None
    for doubt in sorted(found, key=lambda d: (d.start, -d.end)):
        if last is None:
            last = doubt
        elif doubt.start < last.end:
            last = last._replace(end=max(last.end, doubt.end))
        else:
            yield last
            last = doubt
    if last is not None:
        yield last


@lru_cache(maxsize=65_536)  # a folder's name comes with each of its files
def _part_may_tell(part: str) -> bool:
    stem = part[: len(part) - len(_ending(part))]
    if not stem.isascii() and any(c.isalnum() and not _is_latin(c) for c in stem):
        return True  # no list of names here is of another script
    numbers = chain(doubts.numbers(stem), doubts.long_numbers(stem))
    if (not _FEW_DIGITS.fullmatch(stem) or doubts.names_month(stem)) and any(numbers):
        return True
    if _is_record_number(stem):
        return True
    words = " ".join(_words(stem))
    named = doubts.names(stem if "^" in stem else words, capital=False)
    parts = words.split(" ")
    return any(named) or _is_all_name(parts) or doubts.joined_names(parts)


def _is_record_number(stem: str) -> bool:
    """Return whether a file's name is one number as records have it, and at most a view."""
    numbers = re.findall(r"\d+", stem)
    if len(numbers) != 1 or not _RECORD.fullmatch(numbers[0]):
        return False
    return all(word.lower() in _BESIDE_A_RECORD for word in _words(stem))


def _words(stem: str) -> list[str]:
    """Split a file's name into words: at signs, digits, and before a capital."""
    spaced = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", stem)
    return re.findall(r"[^\W\d_]+", re.sub("['\u2019]", "", spaced))


def _is_all_name(words: Sequence[str]) -> bool:
    """Return whether a file's name is a given or a family name, and nothing that says otherwise.

    Beside a given name may be one word with a capital that no list has: family names are without
    end.
    """
    named = [word for word in words if people.folded(word) not in _NEUTRAL]
    folded = [people.folded(word) for word in named]
    given, family = people.given(), people.family()
    if given.isdisjoint(folded):
        return len(named) == 1 and _may_be_family(named[0]) and people.names_alone(folded[0])
    both = zip(named, folded, strict=True)
    unknown = [word for word, small in both if small not in given and small not in family]
    if len(named) == _GIVEN_AND_FAMILY and len(unknown) == 1:
        return all(word.istitle() for word in named) and _may_be_family(unknown[0])
    return not unknown


def _may_be_family(word: str) -> bool:
    return len(word) >= _SHORTEST_FAMILY and people.folded(word) not in people.ordinary()


def _is_latin(character: str) -> bool:
    return character < "\u0250" or "\u1e00" <= character <= "\u1eff"


def _ending(path: str) -> str:
    found = _ENDING.search(path)
    ending = found[0].lower() if found else ""
    return ending if ending in _ENDINGS else ""
