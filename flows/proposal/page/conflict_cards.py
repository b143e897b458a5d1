"""Conflicts on the page: what two rows say of one picture, with both pictures side by side."""

import shlex
from collections.abc import Iterable, Mapping, Sequence

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.conflicts import Conflict
from flows.proposal.page.cards import Block, Card, CardPicture, findings
from flows.proposal.page.links import Links

_MOST_ALT = 80


def conflict_blocks(
    found: Sequence[Conflict], records: Mapping[str, Record], links: Links, *, listed: int
) -> dict[str, Block]:
    """Return a block of conflicts for each source that has one, at most `listed` cards in each.

    Args:
        found: New conflicts, with keys as they may be shown; the later row's source has the card.
        records: The rows by the same keys.
        links: Where the files are.
        listed: The most cards of a source.
    """
    by_source: dict[str, list[Conflict]] = {}
    for one in found:
        if one.a in records and one.b in records:
            by_source.setdefault(_later(one, records).source, []).append(one)
    return {
        source: Block(
            source,
            "conflict",
            tuple(_card(one, records, links) for one in some[:listed]),
            len(some),
        )
        for source, some in by_source.items()
    }


def _later(one: Conflict, records: Mapping[str, Record]) -> Record:
    a, b = records[one.a], records[one.b]
    return a if a.duplicate_of else b


def _card(one: Conflict, records: Mapping[str, Record], links: Links) -> Card:
    a, b = records[one.a], records[one.b]
    doubt = "in doubt: one source contradicts itself"
    counts = f"{one.counts} counts ({one.by})" if one.counts else doubt
    words = f"{one.field}: {counts}{_answer(one, a)}"
    tiles = (_tile(a, one.a_value, links), _tile(b, one.b_value, links))
    return Card(f"{one.a} · {one.b}", words, _findings((a, b)), tiles)


def _answer(one: Conflict, row: Record) -> str:
    """Return how a person decides; of findings only, and where a line can name the picture."""
    if one.field != "finding" or not row.image_id:
        return ""
    return f". To decide: /sync finding {row.image_id} {shlex.quote(one.counts or one.a_value)}"


def _findings(rows: Iterable[Record]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for row in rows for word in findings(row)))


def _tile(row: Record, value: str, links: Links) -> CardPicture:
    role = f"{row.source}: {value.removeprefix(f'{row.source}/')}"[:_MOST_ALT]
    return CardPicture(row.blob, f"{role} {row.path}", links.now(row.source, row.path), role)
