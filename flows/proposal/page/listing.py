"""What the page lists, whichever pictures it shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.conflicts import Conflict
from flows.collection.questions import by_key
from flows.proposal.changes import SourceChange
from flows.proposal.page.cards import Block, Kind, blocks, held_blocks
from flows.proposal.page.conflict_cards import conflict_blocks
from flows.proposal.page.links import links
from flows.proposal.page.pairs import PairCard, pair_cards


@dataclass(frozen=True, slots=True)
class Section:
    """One source that changed.

    Attributes:
        change: What happened to it.
        blocks: The same as cards.
        commits: Where its new commits can be looked at.
    """

    change: SourceChange
    blocks: tuple[Block, ...]
    commits: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """All that is listed.

    Attributes:
        sections: The sources that changed.
        pairs: The pairs to compare.
        more_pairs: How many pairs are left out.
    """

    sections: tuple[Section, ...]
    pairs: tuple[PairCard, ...]
    more_pairs: int

    @property
    def blocks(self) -> list[Block]:
        """Return the blocks of all sources."""
        return [block for section in self.sections for block in section.blocks]

    @property
    def kinds(self) -> set[Kind]:
        """Return the kinds of change there are."""
        return {block.kind for block in self.blocks} | {pair.kind for pair in self.pairs}

    @property
    def sources(self) -> list[str]:
        """Return the sources there is something of."""
        in_blocks = {block.source for block in self.blocks}
        return sorted(in_blocks | {pair.source for pair in self.pairs})

    @property
    def findings(self) -> list[str]:
        """Return the findings there are."""
        in_cards = {f for block in self.blocks for card in block.cards for f in card.findings}
        return sorted(in_cards | {f for pair in self.pairs for f in pair.findings})


def listing(
    changes: Sequence[SourceChange],
    records: Sequence[Record],
    conflicts: Sequence[Conflict] = (),
    held: Sequence[Record] = (),
    *,
    most: int,
) -> Listing:
    """List a night's changes, at most `most` of each kind in each source, and of the pairs.

    Args:
        changes: What happened to each source.
        records: The collection after the night.
        conflicts: What is new in it that cannot both hold.
        held: What is held from now on, as it may be shown.
        most: The most of each.
    """
    places = links(changes)
    rows = by_key(records, (key for one in conflicts for key in (one.a, one.b)))
    disputed = conflict_blocks(conflicts, rows, places, listed=most)
    withdrawn = held_blocks(held, places, listed=most)
    pairs = pair_cards(changes, records, places)
    sections = []
    for change in changes:
        name = change.source.name
        first = [kind[name] for kind in (disputed, withdrawn) if name in kind]
        cards = (*first, *blocks(change, places, listed=most))
        if cards:
            sections.append(Section(change, cards, places.commits(name)))
    return Listing(tuple(sections), tuple(pairs[:most]), len(pairs[most:]))
