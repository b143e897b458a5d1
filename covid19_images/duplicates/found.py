"""Compare pictures that nobody has compared before, and say what was found among them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from covid19_images.duplicates.clusters import Copy, copies, links
from covid19_images.duplicates.engine import Pair, find
from covid19_images.duplicates.folder import RefusedFile, at_once
from covid19_images.duplicates.picture import Item
from covid19_images.duplicates.untransformed import untransformed


@dataclass(frozen=True, slots=True)
class Found:
    """What was found among pictures.

    Attributes:
        items: The pictures, by what they are called: paths below a folder, keys of a collection.
        pairs: Copies, and pairs that a person should look at.
        copies: Of each copy, the picture that would be kept.
        refused: Files that are no pictures.
    """

    items: dict[str, Item]
    pairs: tuple[Pair, ...]
    copies: dict[str, Copy]
    refused: tuple[RefusedFile, ...]


def found_among(
    items: dict[str, Item], refused: Iterable[RefusedFile] = (), *, workers: int | None = None
) -> Found:
    """Compare all pictures with each other.

    Args:
        items: The pictures, by name.
        refused: What was no picture.
        workers: Threads; one per core by default.
    """
    with at_once(workers) as threads:
        pairs = tuple(find(list(items.values()), [], spread=threads.map))

    def among(keys: Sequence[str]) -> list[str]:
        return [item.key for item in untransformed([items[key] for key in keys])]

    kept = copies(links(pairs), items, {}, untransformed=among)
    return Found(items, pairs, kept, tuple(refused))
