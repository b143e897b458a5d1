"""What the catalogue is filtered by, so that counts need no rows: groups of equal pictures.

All pictures that agree in every facet are one group. The browser gets the words of each facet with
their counts; the groups, as packed columns, once something is chosen; and rows only of what it
shows. Rows stand in the order of their groups, so a group is a range of them.
"""

import base64
import sys
import zlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flows.site.pictures import Picture
from flows.site.shards import cut

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


def groups(pictures: Iterable[Picture]) -> list[Group]:
    """Group pictures that agree in every facet, in the order of what they agree in."""
    found: dict[tuple[Values, ...], list[Picture]] = defaultdict(list)
    for picture in pictures:
        found[tuple(facet(picture) for facet in FACETS.values())].append(picture)
    return [Group(values, tuple(found[values])) for values in sorted(found)]


def shards(found: Iterable[Group]) -> list[Sequence[Picture]]:
    """Cut the pictures of all groups, in order, into the parts that a browser fetches."""
    ordered = (picture for group in found for picture in group.pictures)
    return list(cut(ordered, lambda picture: picture.image_id, about=ROWS_A_SHARD))


def index(
    found: Sequence[Group],
    parts: Iterable[Sequence[Picture]],
    *,
    has_files: bool = True,
    owners: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Return what the catalogue loads first: words, how often each is, and the shards' sizes.

    Args:
        found: The groups.
        parts: Their shards; each is named by its first picture.
        has_files: Whether each picture has a file of its own.
        owners: Where each source's files are at its owner, up to their paths.
    """
    sets = [_sets(found, n) for n in range(len(FACETS))]
    words = [sorted({word for values in known for word in values}) for known in sets]
    numbers = [{word: number for number, word in enumerate(known)} for known in words]
    totals: list[Counter[str]] = [Counter() for _ in FACETS]
    for group in found:
        for total, values in zip(totals, group.values, strict=True):
            total.update(dict.fromkeys(values, len(group.pictures)))
    return {
        "facets": list(FACETS),
        "words": words,
        "totals": [[t[word] for word in known] for t, known in zip(totals, words, strict=True)],
        "sets": [
            [[n[word] for word in s] for s in known] for n, known in zip(numbers, sets, strict=True)
        ],
        "groups": len(found),
        "shards": [[part[0].image_id, len(part)] for part in parts],
        "files": has_files,
        "owners": dict(owners or {}),
    }


def columns(found: Sequence[Group]) -> str:
    """Return what counts of chosen words need: a column of each facet, packed and in base64.

    How many pictures each group has comes first, in 4 bytes; then, facet by facet, the number of
    each group's set of words, in as few bytes (1, 2 or 4) as the number of sets needs.
    """
    packed = [array("I", (len(group.pictures) for group in found))]
    for n in range(len(FACETS)):
        numbers = {values: number for number, values in enumerate(_sets(found, n))}
        packed.append(array(_code(len(numbers)), (numbers[group.values[n]] for group in found)))
    if sys.byteorder == "big":
        for column in packed:
            column.byteswap()
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    raw = b"".join(deflate.compress(column.tobytes()) for column in packed) + deflate.flush()
    return base64.b64encode(raw).decode()


def _sets(found: Iterable[Group], facet: int) -> list[Values]:
    return sorted({group.values[facet] for group in found})


def _code(sets: int) -> str:
    return "B" if sets <= 1 << 8 else "H" if sets <= 1 << 16 else "I"


def row(picture: Picture) -> list[str]:
    """Return what the catalogue lists of a picture: name, path, and what is known in words."""
    first = picture.first
    known = [", ".join(first.finding), first.view or "", first.modality or ""]
    return [picture.image_id, first.key, " · ".join(filter(None, known))]
