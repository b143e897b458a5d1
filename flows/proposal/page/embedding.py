"""Choose the pictures that go into the page, so that it stays small enough to open and to send."""

import base64
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flows.proposal.page.cards import Block
from flows.proposal.page.pairs import PairCard
from flows.proposal.pictures import Pictures, Thumbnail

_AROUND_BYTES = 4  # the quotes and the comma around each

Name = str | tuple[str, str, str]
"""Names a picture: a blob id, or the keys of a pair and which of the two it is."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """The pictures in the page.

    Attributes:
        base64: Each picture, as WebP.
        numbers: Where each is in that list.
        wished: How many there would be without a limit.
    """

    base64: tuple[str, ...] = ()
    numbers: Mapping[Name, int] = field(default_factory=dict)
    wished: int = 0

    def shows(self, block: Block) -> bool:
        """Return whether any picture of a block is in the page."""
        return any(tile.blob in self.numbers for card in block.cards for tile in card.tiles)


_Group = tuple[tuple[Name, Thumbnail], ...]  # of use together only


def embed(
    blocks: Sequence[Block], pairs: Sequence[PairCard], pictures: Pictures, *, budget_bytes: int
) -> Embedded:
    """Choose pictures until the budget is spent: pairs to decide first, then some of everything.

    Args:
        blocks: The cards that show pictures.
        pairs: The pairs that do.
        pictures: What was drawn.
        budget_bytes: How much of the page is left for them.
    """
    groups = list(_in_order(blocks, pairs, pictures))
    chosen: dict[Name, str] = {}
    for group in groups:
        coded = {n: base64.b64encode(p.webp).decode() for n, p in group if n not in chosen}
        budget_bytes -= sum(len(text) + _AROUND_BYTES for text in coded.values())
        if budget_bytes < 0:
            break
        chosen |= coded
    numbers = {name: number for number, name in enumerate(chosen)}
    wished = len({name for group in groups for name, _ in group})
    return Embedded(tuple(chosen.values()), numbers, wished)


def sides(pair: PairCard, pictures: Pictures) -> tuple[Name, Name]:
    """Return the two pictures of a pair: drawn for it, or else those of its two files."""
    keys = (pair.found.copy, pair.found.original)
    if keys in pictures.pairs:
        return (*keys, "copy"), (*keys, "original")
    return pair.tiles[0].blob, pair.tiles[1].blob


def _in_order(
    blocks: Sequence[Block], pairs: Sequence[PairCard], pictures: Pictures
) -> Iterator[_Group]:
    yield from (_pair(p, pictures) for p in pairs if p.kind == "undecided")
    found = [_pair(p, pictures) for p in pairs if p.kind != "undecided"]
    cards = [[_drawn((t.blob for t in c.tiles), pictures) for c in b.cards] for b in blocks]
    # The first of every block, then the second …: a long block leaves room for the others.
    for row in itertools.zip_longest(found, *cards, fillvalue=()):
        yield from row


def _pair(pair: PairCard, pictures: Pictures) -> _Group:
    names = sides(pair, pictures)
    drawn = pictures.pairs.get((pair.found.copy, pair.found.original))
    if drawn is None:
        return _drawn((tile.blob for tile in pair.tiles), pictures)
    return ((names[0], drawn.copy), (names[1], drawn.original))


def _drawn(blobs: Iterable[str], pictures: Pictures) -> _Group:
    return tuple((b, pictures.thumbnails[b]) for b in blobs if b in pictures.thumbnails)
