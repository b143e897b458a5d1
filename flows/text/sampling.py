"""Choose what is shown where not everything can be."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def evenly(items: Sequence[T], most: int) -> list[T]:
    """Return some items, evenly from the first to the last, in their order.

    >>> evenly("abcdefghij", 3)
    ['a', 'd', 'g']
    """
    count = min(most, len(items))
    return [items[i * len(items) // count] for i in range(count)]


def shares(sizes: Sequence[int], room: int) -> list[int]:
    """Share room out: the small get all they need, the large share the rest alike.

    >>> shares([2, 100, 50], 42)
    [2, 20, 20]
    """
    given = [0] * len(sizes)
    for rank, i in enumerate(sorted(range(len(sizes)), key=lambda i: (sizes[i], i))):
        given[i] = min(sizes[i], room // (len(sizes) - rank))
        room -= given[i]
    return given
