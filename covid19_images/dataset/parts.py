"""Read which splits are asked for, whole or in part: `train`, `train+test`, `train[:75%]`.

A part is of whole groups, so that no patient, study or copy is in two parts of one split. Groups
stand in an order of their hashes, which nothing else that is asked for changes: `train[:75%]` and
`train[75%:]` have nothing in common, whatever the label or the sources.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from covid19_images.dataset.arguments import SelectionError, one_of, words
from covid19_images.manifest.record import Record

SIDES = ("train", "validation", "test")
_OTHER_NAMES = {
    "val": "validation",
    "valid": "validation",
    "training": "train",
}
_PART = re.compile(r"([\w-]+)\[(\d{1,3}%)?:(\d{1,3}%)?\]")


@dataclass(frozen=True, slots=True)
class Part:
    """A split from one percentage of its images to another."""

    side: str
    begin: int = 0
    end: int = 100

    @property
    def is_whole(self) -> bool:
        """Return whether it is all of the split."""
        return (self.begin, self.end) == (0, 100)


def parts_of(split: object) -> tuple[Part, ...]:
    """Read what a caller wrote; all splits where that is nothing.

    >>> parts_of("train[:75%]+val")
    (Part(side='train', begin=0, end=75), Part(side='validation', begin=0, end=100))

    Raises:
        SelectionError: There is no such split, or no such part of one.
    """
    if split is None or (isinstance(split, str) and split.lower() == "all"):
        return tuple(map(Part, SIDES))
    parts = [_part(word.strip()) for text in words("split", split) for word in text.split("+")]
    if not parts:
        raise SelectionError(f"split is {split!r}, which is none of {', '.join(SIDES)}.")
    return tuple(parts)


def _part(word: str) -> Part:
    found = _PART.fullmatch(word.replace(" ", ""))
    if not found and "[" in word:
        raise SelectionError(
            f"There is no part {word!r} of a split; one looks like 'train[:75%]', in whole "
            "percentages: a number of images would part patients. `select(…)[:100]` takes the "
            "first 100."
        )
    side = one_of("split", found[1] if found else word, SIDES, _OTHER_NAMES)
    if not found:
        return Part(side)
    begin, end = (int((found[at] or default)[:-1]) for at, default in ((2, "0%"), (3, "100%")))
    if not begin < end <= 100:
        raise SelectionError(f"{word!r} is no part of {side}: from {begin} % to {end} %.")
    return Part(side, begin, end)


def sides_of(parts: Iterable[Part]) -> tuple[str, ...]:
    """Return the splits that parts are of, in their usual order."""
    asked = {part.side for part in parts}
    return tuple(side for side in SIDES if side in asked)


def in_parts(records: Iterable[Record], parts: Iterable[Part]) -> frozenset[str]:
    """Return the keys of the active images that are in parts.

    Args:
        records: All rows of a release, of every status.
        parts: Which splits, and how much of them.
    """
    active = [record for record in records if record.status == "active"]
    keys: set[str] = set()
    for part in parts:
        here = [record for record in active if record.split == part.side]
        places = {} if part.is_whole else _places(here)
        keys |= {r.key for r in here if part.begin <= places.get(_group(r), part.begin) < part.end}
    return frozenset(keys)


def _group(record: Record) -> str:
    return record.group or record.patient_id or record.image_id or record.key


def _places(records: list[Record]) -> dict[str, float]:
    """Return where the middle of each group lies, in percent of a split's images."""
    sizes = Counter(_group(record) for record in records)
    places, before = {}, 0
    for group in sorted(sizes, key=lambda name: hashlib.sha256(name.encode()).digest()):
        places[group] = 100 * (before + sizes[group] / 2) / len(records)
        before += sizes[group]
    return places
