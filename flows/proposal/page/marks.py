"""Name each card by what it shows, so that a browser remembers which of them were reviewed."""

import base64
import hashlib

from flows.proposal.page.cards import Block, Card

_BYTES = 9  # 72 bits: of a million cards no two share a name


def mark(block: Block, card: Card) -> str:
    """Return the name of a card: another as soon as it shows anything else.

    >>> len(mark(Block("set", "new", (), 0), Card("a.png")))
    12
    """
    parts = (block.source, block.kind, card.heading, card.words, *(t.blob for t in card.tiles))
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest[:_BYTES]).decode()
