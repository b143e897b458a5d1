"""Choose which pictures a proposal shows, and leave the rest out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.conflicts import Conflict
from flows.collection.questions import Together, by_key
from flows.proposal.changes import NewDuplicate, SourceChange
from flows.text.sampling import evenly, shares

MOST_THUMBNAILS = 3000
MOST_PAIRS = 200

_NO_PICTURE = {"refused", "pointer"}


@dataclass(frozen=True, slots=True, order=True)
class PictureRef:
    """One picture to show: a blob, and a source that has it."""

    blob: str
    source: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be drawn.

    Attributes:
        sides: Every picture, once.
        pairs: The copies, each with its picture and that of the other.
        left_out: How many pictures and pairs are beyond what is shown.
    """

    sides: tuple[PictureRef, ...]
    pairs: tuple[tuple[NewDuplicate, PictureRef, PictureRef], ...]
    left_out: int


def wanted(
    changes: Sequence[SourceChange],
    records: Mapping[str, Sequence[Record]],
    disputed: Sequence[Conflict] = (),
    held: Sequence[Record] = (),
    outlined: Sequence[PictureRef] = (),
) -> Wanted:
    """Choose what is drawn: first what a person must judge, then as many new ones as there is room.

    Args:
        changes: What happened to each source.
        records: The rows of each source after the night.
        disputed: New conflicts, of which a person should see both pictures.
        held: Rows that are held from now on: a person may let one stay.
        outlined: Pictures whose masks are new.
    """
    pairs = list(_pairs(changes, records))
    shown = pairs[:MOST_PAIRS]
    first = dict.fromkeys(side for _, *sides in shown for side in sides)
    first |= dict.fromkeys(_disputed(disputed, records))
    first |= dict.fromkeys(_side(row) for row in held)
    first |= dict.fromkeys(outlined)
    first |= dict.fromkeys(side for change in changes for side in _changed(change))
    urgent = list(first)[:MOST_THUMBNAILS]
    new = [_new(change, first) for change in changes]
    room = shares([len(sides) for sides in new], MOST_THUMBNAILS - len(urgent))
    rest = [side for sides, share in zip(new, room, strict=True) for side in evenly(sides, share)]
    sides = tuple(sorted({*urgent, *rest}))
    everything = len(pairs) + len({*first, *(side for sides in new for side in sides)})
    return Wanted(sides, tuple(shown), everything - len(shown) - len(sides))


def _pairs(
    changes: Sequence[SourceChange], records: Mapping[str, Sequence[Record]]
) -> Iterator[tuple[NewDuplicate, PictureRef, PictureRef]]:
    """Return the pairs, undecided ones first: somebody is asked about them."""
    found = [f for change in changes for f in change.undecided]
    found += [f for change in changes for f in change.copies]
    asked = {key for one in found for key in (one.copy, one.original)}
    rows = by_key(Together(records), asked)
    for one in found:
        yield one, _side(rows[one.copy]), _side(rows[one.original])


def _disputed(
    disputed: Sequence[Conflict], records: Mapping[str, Sequence[Record]]
) -> Iterator[PictureRef]:
    keys = {key for one in disputed for key in (one.a, one.b)}
    rows = by_key(Together(records), keys).values()
    yield from (_side(row) for row in rows if is_picture(row))


def _changed(change: SourceChange) -> Iterator[PictureRef]:
    for row in change.modified:
        yield from (
            _side(record) for record in (row.before, row.after) if record and is_picture(record)
        )
    yield from (_side(record) for record in change.removed if is_picture(record))


def _new(change: SourceChange, drawn: Mapping[PictureRef, None]) -> list[PictureRef]:
    sides = dict.fromkeys(_side(record) for record in change.added if is_picture(record))
    return [side for side in sides if side not in drawn]


def is_picture(record: Record) -> bool:
    """Return whether there is anything to see of a row."""
    return record.status not in _NO_PICTURE


def _side(record: Record) -> PictureRef:
    return PictureRef(record.blob, record.source)
