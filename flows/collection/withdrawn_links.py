"""Keep `datasets/volume_links.csv`: what withdrawn pictures shared with others by their volumes.

A volume is none any more once a picture of it is withdrawn, and so its pairs are gone. What its
pictures show is still known: whoever has a copy of them is held, as with pictures.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from covid19_images.manifest import identifiers
from covid19_images.manifest.dataclass_csv import Table
from covid19_images.manifest.record import Record
from flows.collection.keys import key_in


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class WithdrawnLink:
    """Two pictures of which one is withdrawn, and that showed one slice, or a slice and its volume.

    Attributes:
        a: Key of one row, `source/path`.
        b: Key of the other, behind it.
        a_blob: The file of the one as it was then.
        b_blob: The file of the other.
    """

    a: str
    b: str
    a_blob: str
    b_blob: str

    @property
    def sources(self) -> frozenset[str]:
        """Return the names of its sources."""
        return frozenset(key.partition("/")[0] for key in (self.a, self.b))


def link(a: Record, b: Record) -> WithdrawnLink:
    """Return the link of two pictures, in the order of their keys."""
    a, b = sorted((a, b), key=lambda record: record.key)
    return WithdrawnLink(a=a.key, b=b.key, a_blob=a.blob, b_blob=b.blob)


def standing(
    links: Iterable[WithdrawnLink], records: Mapping[str, Record]
) -> tuple[WithdrawnLink, ...]:
    """Return the links of pictures that are as they were, one of them withdrawn; sorted, each once.

    Args:
        links: Some.
        records: All rows, by key.
    """
    return tuple(sorted({one for one in links if _is_standing(one, records)}))


def _is_standing(one: WithdrawnLink, records: Mapping[str, Record]) -> bool:
    a, b = records.get(one.a), records.get(one.b)
    if a is None or b is None or (a.blob, b.blob) != (one.a_blob, one.b_blob):
        return False
    return "withdrawn" in (a.status, b.status)


def renamed(links: Iterable[WithdrawnLink], names: Mapping[str, str]) -> tuple[WithdrawnLink, ...]:
    """Return links whose sources have other names, sorted.

    Args:
        links: Some.
        names: The new name of each source by its old one.
    """
    return tuple(sorted({_renamed(one, names) for one in links}))


def _renamed(one: WithdrawnLink, names: Mapping[str, str]) -> WithdrawnLink:
    sides = sorted(((key_in(one.a, names), one.a_blob), (key_in(one.b, names), one.b_blob)))
    (a, a_blob), (b, b_blob) = sides
    return WithdrawnLink(a=a, b=b, a_blob=a_blob, b_blob=b_blob)


def _odd(cells: Mapping[str, object]) -> Iterable[str]:
    for name in ("a", "b"):
        if not identifiers.is_key(str(cells[name])):
            yield name
        if not identifiers.PATTERNS["blob"].fullmatch(str(cells[f"{name}_blob"])):
            yield f"{name}_blob"
    if not str(cells["a"]) < str(cells["b"]):
        yield "b"


_TABLE = Table(WithdrawnLink, "datasets/volume_links.csv", odd=_odd)
loads = _TABLE.loads


def dumps(links: Iterable[WithdrawnLink]) -> str:
    """Write links as CSV, sorted."""
    return _TABLE.dumps(sorted(links))
