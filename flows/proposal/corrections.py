"""List for each copy that the owner of its picture corrected what is stated of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.compatible import value
from covid19_images.manifest.statements.exposures import exposures, rank
from covid19_images.manifest.table import Change
from flows.collection.duplicates import Pair
from flows.config.source import Source
from flows.proposal.changes import SourceChange
from flows.text.escape import code
from flows.text.plural import plural

_FIELDS = ("finding", "view", "sex", "age", "patient", "offset")
_LISTED = 40
_LEAD = (
    "A source changed what it states of pictures that others copied from it. The copies still state"
    " something else; their owners may not know."
)


@dataclass(frozen=True, slots=True)
class Correction:
    """One copy that has not followed a correction.

    Attributes:
        field: What was corrected.
        owner: Key of the row that was.
        was: What it stated before.
        now: What it states now.
        copy: Key of the copy.
        states: What the copy states; empty for nothing.
    """

    field: str
    owner: str
    was: str
    now: str
    copy: str
    states: str


def corrections(
    changes: Iterable[SourceChange],
    records: Sequence[Record],
    pairs: Iterable[Pair],
    sources: Sequence[Source],
) -> list[Correction]:
    """Return the copies that have not followed what was corrected in this night.

    Args:
        changes: What happened to each source.
        records: All rows after it.
        pairs: All pairs of copies; undecided ones and parts count for nothing here.
        sources: All configured sources: the one nearer to the owner corrects the other.
    """
    corrected = {
        change.after.key: change
        for one in changes
        for change in one.relabelled
        if change.before and change.after and _fields(change)
    }
    if not corrected:
        return []
    order = {source.name: source.order for source in sources}
    copies = [(pair.a, pair.b) for pair in pairs if pair.kind not in ("undecided", "part")]
    found: list[Correction] = []
    for rows in exposures(records, copies):
        for row in rows:
            if row.key in corrected:
                found += _of_copies(corrected[row.key], rows, order)
    return found


def _fields(change: Change) -> list[str]:
    assert change.before is not None
    assert change.after is not None
    return [
        field
        for field in _FIELDS
        if value(change.after, field) and value(change.before, field) != value(change.after, field)
    ]


def _of_copies(
    change: Change, rows: Sequence[Record], order: Mapping[str, int]
) -> Iterator[Correction]:
    before, after = change.before, change.after
    assert before is not None
    assert after is not None
    for field in _fields(change):
        was, now = value(before, field), value(after, field)
        for row in rows:
            is_further = rank(order, row.source) > rank(order, after.source)
            if is_further and value(row, field) != now:
                yield Correction(field, after.key, was, now, row.key, value(row, field))


def section(found: Sequence[Correction], shown: Mapping[str, str]) -> str:
    """Write the section of a proposal's body; empty where every copy has followed.

    Args:
        found: The copies.
        shown: What stands for a key that is not shown.
    """
    if not found:
        return ""
    lines = [_line(one, shown) for one in found[:_LISTED]]
    if len(found) > _LISTED:
        lines.append(f"- … and {len(found) - _LISTED:,} more")
    head = f"## {plural(len(found), 'missed corrections')}"
    return "\n".join([head, "", _LEAD, "", *lines, ""])


def _line(one: Correction, shown: Mapping[str, str]) -> str:
    owner, copy = (code(shown.get(key, key)) for key in (one.owner, one.copy))
    was = code(one.was) if one.was else "nothing"
    states = f"states {code(one.states)}" if one.states else "states nothing"
    return f"- {one.field}: {owner} from {was} to {code(one.now)}; its copy {copy} {states}"
