"""Choose a subset in which sources and labels are independent, as far as the data allow.

In it every source has the same shares of classes, so that its name tells nothing of a label. A
source with one class only cannot be in it. Of all such subsets the one with most pictures is taken;
within a source and class, pictures are drawn by seed and image, so that the same stay from release
to release.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from covid19_images.dataset.arguments import SelectionError
from covid19_images.dataset.labels import Label
from covid19_images.manifest.record import Record

SOURCE = "source"
"""The word for `balance`: what is to be independent of labels."""

_Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Balanced:
    """A subset, and what is not in it.

    Attributes:
        records: The rows that stay, in their order.
        left_out: How many others there were, by reason.
    """

    records: tuple[Record, ...]
    left_out: Counter[str]


def balance(records: Sequence[Record], label: Label, seed: int) -> Balanced:
    """Return the largest subset in which sources and labels are independent in every split.

    Args:
        records: The rows to choose from.
        label: How they are labelled; each has one class.
        seed: Of the draw.

    Raises:
        SelectionError: A picture can have several of the label's classes, or none is named.
    """
    if label.several or not label.classes:
        raise SelectionError(
            f"balance needs a label of which each image has one class, and {label.name} is none; "
            "there are covid, coarse2, coarse3, coarse4 and single findings."
        )
    sides: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        sides[str(record.split)].append(record)
    kept: set[str] = set()
    left: Counter[str] = Counter()
    for mine in sides.values():
        cells: dict[str, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
        for record in mine:
            word = next(iter(label.words(record)), None)
            if word is None:
                left[f"without a known {label.name} (balance)"] += 1
            else:
                cells[record.source][word].append(record)
        quota = shares({s: {c: len(rows) for c, rows in by.items()} for s, by in cells.items()})
        for source, by_class in cells.items():
            for word, rows in by_class.items():
                stay = quota.get(source, {}).get(word, 0)
                kept.update(record.key for record in sorted(rows, key=_Draw(seed))[:stay])
                left[_why(source, word, alone=len(by_class) == 1)] += len(rows) - stay
    stays = tuple(record for record in records if record.key in kept)
    return Balanced(stays, +left)


def _why(source: str, word: str, *, alone: bool) -> str:
    return f"of {source}, which has only {word}" if alone else f"{word} of {source}, to balance"


@dataclass(frozen=True, slots=True)
class _Draw:
    seed: int

    def __call__(self, record: Record) -> bytes:
        return hashlib.sha256(f"{self.seed} {record.image_id} {record.key}".encode()).digest()


def shares(counts: _Counts) -> dict[str, dict[str, int]]:
    """Return how many pictures of each source and class stay.

    >>> shares({"a": {"ill": 30, "well": 10}, "b": {"ill": 10, "well": 10}, "c": {"ill": 99}})
    {'a': {'ill': 30, 'well': 10}, 'b': {'ill': 10, 'well': 3}}

    Args:
        counts: Pictures by source and class.
    """
    supports = {frozenset(by) for by in counts.values() if len(by) > 1}
    best: dict[str, dict[str, int]] = {}
    for classes in sorted(supports, key=lambda some: (-len(some), sorted(some))):
        for found in _of_classes(counts, sorted(classes)):
            if _total(found) > _total(best):
                best = found
    return best


def _of_classes(counts: _Counts, classes: Sequence[str]) -> Iterable[dict[str, dict[str, int]]]:
    """Try the shares of each source that has all of these classes: the best is one of them."""
    able = {s: by for s, by in sorted(counts.items()) if all(by.get(c) for c in classes)}
    for like in able.values():
        found = {}
        for source, by in able.items():
            # In whole numbers: the most pictures of which every class has its share.
            unit = min(by[c] / like[c] for c in classes)
            kept = {c: int(unit * like[c] + 1e-9) for c in classes}
            if all(kept.values()):
                found[source] = kept
        yield found


def _total(found: Mapping[str, Mapping[str, int]]) -> int:
    return sum(sum(by.values()) for by in found.values())
