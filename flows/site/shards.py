"""Cut a sequence into parts whose borders follow from its items: a few new ones move few."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def cut(items: Iterable[T], name: Callable[[T], str], *, about: int) -> Iterator[Sequence[T]]:
    """Cut a sequence into parts of about so many items: half as many at least, twice at most.

    A part ends behind an item whose name says so. An item that comes or goes changes its own part,
    sometimes the next; parts of a fixed size would all change from there on.

    Args:
        items: The sequence.
        name: The name of an item.
        about: How many items a part has in the middle; even.
    """
    half = about // 2
    part: list[T] = []
    for item in items:
        part.append(item)
        ends = len(part) >= half and zlib.crc32(name(item).encode()) % half == 0
        if ends or len(part) == 2 * about:
            yield part
            part = []
    if part:
        yield part
