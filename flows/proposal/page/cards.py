"""What the page shows of each change: cards, in blocks of one kind and one source."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from covid19_images.manifest.record import Record
from covid19_images.manifest.table import Change
from flows.collection.problems import Problem
from flows.proposal.changes import SourceChange, stated_columns
from flows.proposal.page.links import Links
from flows.proposal.transitions import Transition, shown, transitions

Kind = Literal[
    "undecided",
    "conflict",
    "held",
    "duplicate",
    "new",
    "changed",
    "renamed",
    "removed",
    "relabelled",
    "problem",
]
TITLES: dict[Kind, str] = {
    "undecided": "To decide",
    "conflict": "Conflicts",
    "held": "Held",
    "duplicate": "Duplicates",
    "new": "New images",
    "changed": "Changed files",
    "renamed": "Renamed",
    "removed": "Removed",
    "relabelled": "Relabelled",
    "problem": "Not explained",
}
NOT_STATED = "not stated"


@dataclass(frozen=True, slots=True)
class CardPicture:
    """The place of one picture on the page.

    Attributes:
        blob: Its blob id.
        alt: It in words.
        link: The full picture at its pinned commit, where the upstream has a page for it.
        role: `before`, `after`, whose statement it is, or nothing.
    """

    blob: str
    alt: str
    link: str | None
    role: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One change of one image, or one problem.

    Attributes:
        heading: What it is about: a path, or two.
        words: What is known of it.
        findings: What it is filtered by.
        tiles: Its pictures.
    """

    heading: str
    words: str = ""
    findings: tuple[str, ...] = ()
    tiles: tuple[CardPicture, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """The changes of one kind in one source.

    Attributes:
        total: How many there are; the cards may be fewer.
        transitions: What changed into what, where several images share it.
    """

    source: str
    kind: Kind
    cards: tuple[Card, ...]
    total: int
    transitions: tuple[Transition, ...] = ()


def blocks(change: SourceChange, links: Links, *, listed: int) -> list[Block]:
    """Lay out what happened to a source, at most `listed` cards of each kind."""

    def block(kind: Kind, items: Sequence[object], cards: Iterator[Card]) -> Block:
        return Block(change.source.name, kind, tuple(cards), len(items))

    c, n = change, listed
    made = [
        block("new", c.added, (_new(r, links) for r in c.added[:n])),
        block("changed", c.modified, (_changed(x, links) for x in c.modified[:n])),
        block("removed", c.removed, (_removed(r, links) for r in c.removed[:n])),
        block("renamed", c.renamed, (_renamed(x, links) for x in c.renamed[:n])),
        block("relabelled", c.relabelled, (_relabelled(x, links) for x in c.relabelled[:n])),
        block("problem", c.problems, (_problem(p) for p in c.problems[:n])),
    ]
    shared = tuple(transitions(c.relabelled))
    made = [replace(b, transitions=shared) if b.kind == "relabelled" else b for b in made]
    return [each for each in made if each.total]


def held_blocks(held: Iterable[Record], links: Links, *, listed: int) -> dict[str, Block]:
    """Return a block of newly held pictures for each source that has one, with the reason of each.

    Args:
        held: They, as they may be shown.
        links: Where the files are.
        listed: The most cards of a source.
    """
    by_source: dict[str, list[Record]] = {}
    for row in held:
        by_source.setdefault(row.source, []).append(row)
    return {
        source: Block(source, "held", tuple(_held(row, links) for row in rows[:listed]), len(rows))
        for source, rows in by_source.items()
    }


def _held(record: Record, links: Links) -> Card:
    words = record.status_reason or record.status
    return Card(record.path, words, findings(record), (_now(record, links),))


def findings(record: Record | None) -> tuple[str, ...]:
    """Return the findings that a record is filtered by."""
    return (record.finding if record else ()) or (NOT_STATED,)


def _new(record: Record, links: Links) -> Card:
    words = [", ".join(record.finding) or "finding not stated", record.view, record.modality]
    if record.status != "active":
        words.append(f"{record.status}: {record.status_reason}")
    caption = " · ".join(word for word in words if word)
    return Card(record.path, caption, findings(record), (_now(record, links),))


def _changed(change: Change, links: Links) -> Card:
    was, now = _both(change)
    tiles = (_before(was, links, "before"), _now(now, links, "after"))
    return Card(now.path, ", ".join(now.finding), findings(now), tiles)


def _removed(record: Record, links: Links) -> Card:
    words = ", ".join(record.finding)
    return Card(record.path, words, findings(record), (_before(record, links),))


def _renamed(change: Change, links: Links) -> Card:
    was, now = _both(change)
    heading = f"{was.path} → {now.path}"
    return Card(heading, ", ".join(now.finding), findings(now), (_now(now, links),))


def _relabelled(change: Change, links: Links) -> Card:
    was, now = _both(change)
    changed = [
        f"{c.replace('_', ' ')}: {shown(was, c)} → {shown(now, c)}" for c in stated_columns(change)
    ]
    both = tuple(dict.fromkeys(findings(was) + findings(now)))
    return Card(now.path, "; ".join(changed), both, (_now(now, links),))


def _problem(problem: Problem) -> Card:
    where = f"{problem.file}:{problem.line}" if problem.line else problem.file
    return Card(where, problem.what)


def _now(record: Record, links: Links, role: str = "") -> CardPicture:
    link = links.now(record.source, record.path)
    return CardPicture(record.blob, f"{role} {record.path}".strip(), link, role)


def _before(record: Record, links: Links, role: str = "") -> CardPicture:
    link = links.before(record.source, record.path)
    return CardPicture(record.blob, f"{role} {record.path}".strip(), link, role)


def _both(change: Change) -> tuple[Record, Record]:
    assert change.before is not None
    assert change.after is not None
    return change.before, change.after
