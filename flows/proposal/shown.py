"""A night's changes as people see them: names that may identify a person are replaced.

Everything that a proposal shows (its body, page, sheets, CHANGES and CHANGES.json) is made from
what is returned here, so that no writer needs to think of it. The files of git that are keyed by
path are made from the rows themselves.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.conflicts import Conflict
from covid19_images.manifest.table import Change
from flows.collection.questions import Together, listing
from flows.proposal.changes import NewDuplicate, SourceChange
from flows.proposal.pictures import PairPictures, Pictures
from flows.text import names


@dataclass(frozen=True, slots=True)
class Shown:
    """The changes of a night as they may be shown.

    Attributes:
        changes: What happened to each source.
        records: The collection after the night.
        pictures: What was drawn of the changes.
        keys: What stands for the keys that are not shown.
    """

    changes: tuple[SourceChange, ...]
    records: Sequence[Record]
    pictures: Pictures
    keys: Mapping[str, str]

    def row(self, record: Record) -> Record:
        """Return one row as it may be shown."""
        return _record(record, self.keys)

    def conflict(self, one: Conflict) -> Conflict:
        """Return a conflict with the keys that may be shown."""
        return replace(one, a=self.keys.get(one.a, one.a), b=self.keys.get(one.b, one.b))


def shown(changes: Sequence[SourceChange], records: Sequence[Record], pictures: Pictures) -> Shown:
    """Replace what may identify a person in all that a proposal shows.

    Args:
        changes: What happened to each source.
        records: The collection after the night.
        pictures: What was drawn of the changes.
    """
    doubtful = {record.key: record for record in _doubtful(changes, records)}
    keys = {
        key: f"{record.source}/{names.withheld(record.path, record.blob)}"
        for key, record in doubtful.items()
    }
    answers = {key: record.image_id or keys[key] for key, record in doubtful.items()}
    return Shown(
        tuple(_change(change, keys, answers) for change in changes),
        _records(records, keys),
        replace(pictures, pairs=_pairs(pictures, keys)),
        keys,
    )


def _doubtful(changes: Sequence[SourceChange], records: Sequence[Record]) -> Iterator[Record]:
    """Return rows whose path may identify a person; those that did not change say so themselves."""
    for change in changes:
        rules = change.source.harmless
        yield from (row for row in _rows(change) if names.may_tell(row.path, rules))
    yield from listing(records, "privacy", "dated_name")


def _records(records: Sequence[Record], keys: Mapping[str, str]) -> Sequence[Record]:
    """Return all rows as they may be shown; sources of which all may be shown are not read."""
    if isinstance(records, Together):
        sources = {key.partition("/")[0] for key in keys}
        return Together(
            {
                name: _records(rows, keys) if name in sources else rows
                for name, rows in records.by_source.items()
            }
        )
    return tuple(_record(record, keys) if record.key in keys else record for record in records)


def _rows(change: SourceChange) -> Iterable[Record]:
    both = chain(change.renamed, change.modified, change.relabelled)
    sides = chain.from_iterable((one.before, one.after) for one in both)
    return chain(change.added, change.removed, (side for side in sides if side is not None))


def _pairs(pictures: Pictures, keys: Mapping[str, str]) -> dict[tuple[str, str], PairPictures]:
    return {(keys.get(a, a), keys.get(b, b)): drawn for (a, b), drawn in pictures.pairs.items()}


def _record(record: Record, keys: Mapping[str, str]) -> Record:
    path = keys.get(record.key, record.key).removeprefix(f"{record.source}/")
    return replace(names.shown_words(record), path=path)


def _both(change: Change, keys: Mapping[str, str]) -> Change:
    before, after = change.before, change.after
    return Change(
        _record(before, keys) if before else None, _record(after, keys) if after else None
    )


def _change(
    change: SourceChange, keys: Mapping[str, str], answers: Mapping[str, str]
) -> SourceChange:
    rules = change.source.harmless
    return replace(
        change,
        added=tuple(_record(record, keys) for record in change.added),
        removed=tuple(_record(record, keys) for record in change.removed),
        renamed=tuple(_both(one, keys) for one in change.renamed),
        modified=tuple(_both(one, keys) for one in change.modified),
        relabelled=tuple(_both(one, keys) for one in change.relabelled),
        tables={
            names.shown_path(file, names.NO_BLOB, rules): table
            for file, table in change.tables.items()
        },
        copies=tuple(_duplicate(found, keys, answers) for found in change.copies),
        undecided=tuple(_duplicate(found, keys, answers) for found in change.undecided),
    )


def _duplicate(
    found: NewDuplicate, keys: Mapping[str, str], answers: Mapping[str, str]
) -> NewDuplicate:
    if found.copy not in keys and found.original not in keys:
        return found
    return replace(
        found,
        copy=keys.get(found.copy, found.copy),
        original=keys.get(found.original, found.original),
        kept=keys.get(found.kept, found.kept) if found.kept else None,
        answered_as=(
            answers.get(found.copy, found.copy),
            answers.get(found.original, found.original),
        ),
    )
