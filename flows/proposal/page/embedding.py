"""Choose the pictures that go into the page, so that it stays small enough to open and to send."""

import base64
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flows.proposal.page.cards import Block
from flows.proposal.page.pairs import PairCard
from flows.proposal.page.smaller import fitted, in_page_bytes
from flows.proposal.pictures import Pictures, Thumbnail

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


def places(blocks: Sequence[Block], pairs: Sequence[PairCard], pictures: Pictures) -> Embedded:
    """Return places for all pictures there are, all empty: what a page is measured with."""
    wished = dict.fromkeys(n for group in _in_order(blocks, pairs, pictures) for n, _ in group)
    numbers = {name: number for number, name in enumerate(wished)}
    return Embedded(("",) * len(wished), numbers, len(wished))


def embed(
    blocks: Sequence[Block], pairs: Sequence[PairCard], pictures: Pictures, *, budget_bytes: int
) -> Embedded:
    """Choose pictures until the budget is spent: pairs to decide first, then some of everything.

    Args:
        blocks: The cards that show pictures.
        pairs: The pairs that do.
        pictures: What was drawn. They are made smaller before any is left out.
        budget_bytes: How much of the page is left for them.
    """
    groups = list(_in_order(blocks, pairs, pictures))
    wished = {name: picture for group in groups for name, picture in group}
    small = _small(wished, budget_bytes)
    chosen: dict[Name, bytes] = {}
    for group in groups:
        added = {name: small[name] for name, _ in group if name not in chosen}
        budget_bytes -= sum(map(in_page_bytes, added.values()))
        if budget_bytes < 0:
            break
        chosen |= added
    numbers = {name: number for number, name in enumerate(chosen)}
    coded = tuple(base64.b64encode(webp).decode() for webp in chosen.values())
    return Embedded(coded, numbers, len(wished))


def _small(wished: Mapping[Name, Thumbnail], budget_bytes: int) -> dict[Name, bytes]:
    """Make the pictures fit: those drawn for pairs first, into half of the budget at most."""
    of_pairs = {name: picture for name, picture in wished.items() if isinstance(name, tuple)}
    others = {name: picture for name, picture in wished.items() if name not in of_pairs}
    made = fitted(of_pairs, budget_bytes=budget_bytes // 2)
    left = budget_bytes - sum(map(in_page_bytes, made.values()))
    return made | fitted(others, budget_bytes=left)


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
