"""Keep the labels that a broken table would take away, until a person decides.

Rows are described from what the upstream says today. Where its table cannot be read today, lost a
column or most of its rows, that is an accident more often than a decision: the labels of the base
stay, and the source waits for a person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from covid19_images.manifest.record import Record
from flows.collection.problems import Problem
from flows.config.source import Source
from flows.labels.assign import Labelled
from flows.labels.columns import COLUMNS_OF
from flows.labels.written import Trouble
from flows.text.plural import plural

_FEW = 3  # labels that may vanish without a question, unless they were all there were
_DERIVED = ("_basis", "_qualifier")  # columns that say something of another column


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows with the labels that were kept.

    Attributes:
        records: The rows.
        problems: What was kept, for the list of problems.
        reasons: Why a person should look, a sentence each.
    """

    records: tuple[Record, ...]
    problems: tuple[Problem, ...] = ()
    reasons: tuple[str, ...] = ()


def keep_labels(
    source: Source,
    before: Mapping[str, Record],
    now: Sequence[Record],
    labelled: Labelled,
    *,
    share: float,
    same_mapping: bool,
) -> Kept:
    """Return the rows described now, with the labels that no decision took away.

    Args:
        source: Its configuration; `expect.max_labels_lost` lets more labels go.
        before: The rows of the base, by the path their image has now.
        now: The rows described now.
        labelled: What the tables gave, and what was wrong with them.
        share: The share of a field's labels that may vanish at once.
        same_mapping: Whether the base was described with the configuration in force; otherwise a
            person changed it, and what vanishes may be what was asked for.
    """
    records, reasons = list(now), []

    def keep(trouble: Trouble) -> None:
        nonlocal records
        records, count = _keep(source, before, records, labelled, trouble)
        if count or trouble.sure:
            reasons.append(f"{trouble.what}; {_stay(count)}")

    for trouble in labelled.troubles:
        keep(trouble)
    if same_mapping:
        for trouble in _vanished_rows(source, before, records, labelled, share):
            keep(trouble)
        for name in sorted(_table_fields(source)):
            if vanished := _vanished_labels(source, name, before, records, share):
                keep(vanished)
    problems = tuple(Problem(source.name, "", 0, "labels_kept", reason) for reason in reasons)
    return Kept(tuple(records), problems, tuple(reasons))


def _stay(count: int) -> str:
    if not count:
        return "no label was taken from it"
    return f"the labels of {plural(count, 'images')} stay as they were until a person decides"


def _table_fields(source: Source) -> frozenset[str]:
    return frozenset(name for table in source.tables for name in table.says)


def _too_many(source: Source, lost: int, had: int, share: float) -> bool:
    most = source.expect.max_labels_lost
    if most is not None:
        return lost > most
    return lost > share * had and (lost > _FEW or lost == had >= _FEW)


def _vanished_rows(
    source: Source,
    before: Mapping[str, Record],
    now: Iterable[Record],
    labelled: Labelled,
    share: float,
) -> list[Trouble]:
    """Return a trouble where many images lost their row in the tables."""
    had = [record for record in now if _had_row(before.get(record.path))]
    lost = sum(record.path not in labelled.with_row for record in had)
    if not source.tables or labelled.troubles or not _too_many(source, lost, len(had), share):
        return []
    what = f"{lost:,} of {len(had):,} images have no row in the table any more"
    return [Trouble(what, _table_fields(source), without_row=True)]


def _had_row(record: Record | None) -> bool:
    return (
        record is not None and record.status != "withdrawn" and "no_metadata" not in record.quality
    )


def _vanished_labels(
    source: Source, name: str, before: Mapping[str, Record], now: Iterable[Record], share: float
) -> Trouble | None:
    """Return a trouble where many images lost what one field says."""
    pairs = [(before[record.path], record) for record in now if record.path in before]
    had = [(was, record) for was, record in pairs if was.status != "withdrawn" and _has(was, name)]
    lost = sum(not _has(record, name) or _unknown(was, record, name) for was, record in had)
    if not _too_many(source, lost, len(had), share):
        return None
    return Trouble(f"{lost:,} of {len(had):,} labels of {name} are gone", frozenset([name]))


def _has(record: Record, name: str) -> bool:
    if name == "licence":
        return record.licence_basis == "image"
    columns = COLUMNS_OF[name]
    telling = [one for one in columns if not one.endswith(_DERIVED)] or columns
    return any(getattr(record, column) not in (None, ()) for column in telling)


def _unknown(was: Record, now: Record, name: str) -> bool:
    """Return whether nobody knows the words that stand now where a finding was understood."""
    return name == "finding" and bool(was.finding) and not now.finding


def _keep(
    source: Source,
    before: Mapping[str, Record],
    now: Iterable[Record],
    labelled: Labelled,
    trouble: Trouble,
) -> tuple[list[Record], int]:
    records, count = [], 0
    for record in now:
        was = before.get(record.path)
        if was is None or (trouble.without_row and record.path in labelled.with_row):
            records.append(record)
            continue
        kept = _kept(was, record, trouble.fields, only_lost=len(source.tables) > 1)
        count += kept != record
        records.append(kept)
    return records, count


def _kept(was: Record, now: Record, names: Iterable[str], *, only_lost: bool) -> Record:
    cells: dict[str, Any] = {}
    for name in names:
        if _has(was, name) and not (only_lost and _has(now, name)):
            cells |= {column: getattr(was, column) for column in COLUMNS_OF[name]}
    if "no_metadata" not in was.quality and "no_metadata" in now.quality:
        own = now.quality if was.blob != now.blob else ()
        words = {*was.quality, *own} - {"no_metadata"}
        cells["quality"] = tuple(sorted(words))
    return replace(now, **cells)
