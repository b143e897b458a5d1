"""What the catalogue is filtered by, so that counts need no rows: groups of equal pictures.

All pictures that agree in every facet are one group. The browser gets the groups with their counts
(some hundreds, however many pictures there are), and fetches rows only of what it shows.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from flows.site.pictures import Picture

ROWS_A_SHARD = 500
NOT_STATED = "not stated"

Values = tuple[str, ...]


def _stated(*values: str | None) -> Values:
    return tuple(sorted({value for value in values if value})) or (NOT_STATED,)


FACETS: dict[str, Callable[[Picture], Values]] = {
    "source": lambda p: _stated(*(row.source for row in p.rows)),
    "finding": lambda p: _stated(*(word for row in p.rows for word in row.finding)),
    "modality": lambda p: _stated(p.first.modality),
    "view": lambda p: _stated(p.first.view),
    "split": lambda p: _stated(p.first.split),
    "licence": lambda p: _stated(p.first.licence),
    "label basis": lambda p: _stated(p.first.label_basis),
    "quality": lambda p: _stated(*p.first.quality),
    "copies": lambda p: ("has copies" if p.copies or len(p.rows) > 1 else "no copies",),
    "labels": lambda p: ("sources disagree" if p.disputed else "no conflict",),
}


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures that agree in every facet.

    Attributes:
        values: What they agree in, in the order of `FACETS`.
        pictures: They, sorted by name.
    """

    values: tuple[Values, ...]
    pictures: tuple[Picture, ...]

    @property
    def name(self) -> str:
        """Return what names its shards: it follows from the values alone."""
        text = "\0".join("\1".join(values) for values in self.values)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def shards(self) -> list[tuple[Picture, ...]]:
        """Return its pictures in shards."""
        starts = range(0, len(self.pictures), ROWS_A_SHARD)
        return [self.pictures[start : start + ROWS_A_SHARD] for start in starts]


def groups(pictures: Iterable[Picture]) -> list[Group]:
    """Group pictures that agree in every facet, in the order of what they agree in."""
    found: dict[tuple[Values, ...], list[Picture]] = defaultdict(list)
    for picture in pictures:
        found[tuple(facet(picture) for facet in FACETS.values())].append(picture)
    return [Group(values, tuple(found[values])) for values in sorted(found)]


def index(found: Sequence[Group]) -> dict[str, object]:
    """Return what the catalogue loads first: the words of each facet, and the groups in numbers."""
    words = [sorted({v for g in found for v in g.values[n]}) for n in range(len(FACETS))]
    numbers = [{word: number for number, word in enumerate(known)} for known in words]
    return {
        "facets": list(FACETS),
        "words": words,
        "shard": ROWS_A_SHARD,
        "groups": [
            [
                group.name,
                len(group.pictures),
                [[numbers[n][v] for v in values] for n, values in enumerate(group.values)],
            ]
            for group in found
        ],
    }


def row(picture: Picture) -> list[str]:
    """Return what the catalogue lists of a picture: name, path, and what is known in words."""
    first = picture.first
    known = [", ".join(first.finding), first.view or "", first.modality or ""]
    return [picture.image_id, first.key, " · ".join(filter(None, known))]
