"""The pairs of pictures a reviewer compares: those to decide first, then those found."""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from covid19_images.manifest.record import Record
from flows.collection.duplicates import Pair
from flows.collection.questions import by_key
from flows.proposal.changes import NewDuplicate, SourceChange
from flows.proposal.page.cards import CardPicture, Kind, findings
from flows.proposal.page.links import Links

_PLAIN = re.compile(r"[A-Za-z0-9_./+@%-]+")


@dataclass(frozen=True, slots=True)
class PairCard:
    """One pair.

    Attributes:
        found: The pair as it was found.
        source: The source of the picture that is not kept.
        kind: Whether it is to be decided, or was found to be a duplicate.
        words: What was measured.
        findings: What it is filtered by.
        tiles: The copy and the original, each on its own.
        names: How a comment names the two; `None` where no line of text can.
    """

    found: NewDuplicate
    source: str
    kind: Kind
    words: str
    findings: tuple[str, ...]
    tiles: tuple[CardPicture, CardPicture]
    names: tuple[str, str] | None


def pair_cards(
    changes: Iterable[SourceChange], records: Iterable[Record], links: Links
) -> list[PairCard]:
    """Collect the pairs of a night."""
    changes = tuple(changes)
    found = [one for change in changes for one in (*change.undecided, *change.copies)]
    rows = by_key(records, (key for one in found for key in (one.copy, one.original)))
    undecided = [_card(f, c, "undecided", rows, links) for c in changes for f in c.undecided]
    copies = [_card(f, c, "duplicate", rows, links) for c in changes for f in c.copies]
    return undecided + copies


def _card(
    found: NewDuplicate,
    change: SourceChange,
    kind: Kind,
    rows: Mapping[str, Record],
    links: Links,
) -> PairCard:
    copy, original = rows.get(found.copy), rows.get(found.original)
    return PairCard(
        found=found,
        source=change.source.name,
        kind=kind,
        words=_measured(found.pair),
        findings=findings(copy),
        tiles=(_tile(found.copy, copy, links), _tile(found.original, original, links)),
        names=found.answered_as or _names((found.copy, copy), (found.original, original)),
    )


def _measured(pair: Pair) -> str:
    words = [
        pair.kind if pair.kind != "undecided" else "",
        f"{pair.hamming_bits} of 256 bits apart" if pair.hamming_bits else "",
        f"{pair.inliers} points agree" if pair.inliers else "",
        f"correlation {pair.correlation:.2f}" if pair.correlation is not None else "",
    ]
    return ", ".join(filter(None, words))


def _tile(key: str, record: Record | None, links: Links) -> CardPicture:
    source, _, path = key.partition("/")
    return CardPicture(record.blob if record else "", key, links.now(source, path))


def _names(*sides: tuple[str, Record | None]) -> tuple[str, str] | None:
    """Return two pictures' names in a comment's line, which `shlex.split` reads back.

    A key that is not plain is named by its `image_id`: a path with a line break in it would
    otherwise write a second command into the maintainer's comment.
    """
    keys = [key for key, _ in sides]
    ids = [record.image_id if record else None for _, record in sides]
    if all(map(_PLAIN.fullmatch, keys)):
        return keys[0], keys[1]
    if ids[0] and ids[1] and ids[0] != ids[1]:
        return ids[0], ids[1]
    if all(map(str.isprintable, keys)):
        return shlex.quote(keys[0]), shlex.quote(keys[1])
    return None
