"""Describe, row by row, what a night changes in one source."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from covid19_images.manifest import table
from covid19_images.manifest.record import Record
from covid19_images.manifest.splits import without_quarantine
from covid19_images.manifest.table import Change
from flows.collection.duplicates import Pair
from flows.collection.lives import (
    NO_LONGER_CONFIGURED,
    NO_LONGER_TAKEN,
    left_by_configuration,
)
from flows.collection.problems import Problem
from flows.config.source import Source
from flows.labels.table import TableDiff
from flows.proposal.outcomes import describe
from flows.text.links import PUBLIC, Repository, repository_at
from flows.text.names import shown_text
from flows.text.plural import plural
from flows.upstream.outcome import Failure, NotVisited, Outcome, Retired
from flows.upstream.tree import TreeDiff

# These follow from other rows; they are listed as duplicates and splits, not as changed labels.
_DERIVED = {"duplicate_of", "duplicate_kind", "group", "split", "split_reason"}
_DATES = {"first_seen", "last_changed"}
_STATUS = {"status", "status_reason"}  # of a held row: they follow from another picture's


@dataclass(frozen=True, slots=True)
class NewDuplicate:
    """A new duplicate pair, seen from the row that is not kept.

    Attributes:
        copy: Key of the row that is a copy.
        original: Key of the other row.
        pair: What is known of the two.
        kept: Key of the row that is kept of all copies of the picture; `None` while undecided.
        answered_as: How an answer names the two, where their keys are not shown.
    """

    copy: str
    original: str
    pair: Pair
    kept: str | None = None
    answered_as: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChange:
    """What happened to one source.

    Attributes:
        source: Its configuration.
        outcome: What its upstream did.
        old: The upstream commit described before, if any.
        new: The upstream commit described now, if any.
        images: Image files there now.
        added: Rows that are new.
        removed: Rows whose file is gone.
        renamed: Rows that moved to another path.
        modified: Rows whose file has other bytes now.
        relabelled: Rows whose labels changed.
        tables: What changed in each label table.
        copies: Copies found that were not known.
        undecided: Pairs that may be copies, for a person to decide.
        problems: What could not be explained and was not listed before.
        review_reason: Why a person should look before this is merged.
        server: The GitHub server of the forge; links lead there and to github.com.
        formerly: How it was called before, where a person renamed it.
        left_by_reading: What only reading its files leaves for a person; `None` where nothing was
            read.
        not_visited_since: Since when its upstream was not visited, where what is proposed of it
            stays as it stood.
        outlined: Images that were there before, and whose masks changed.
    """

    source: Source
    outcome: Outcome
    old: str | None = None
    new: str | None = None
    images: int = 0
    added: tuple[Record, ...] = ()
    removed: tuple[Record, ...] = ()
    renamed: tuple[Change, ...] = ()
    modified: tuple[Change, ...] = ()
    relabelled: tuple[Change, ...] = ()
    tables: Mapping[str, TableDiff] = field(default_factory=dict)
    copies: tuple[NewDuplicate, ...] = ()
    undecided: tuple[NewDuplicate, ...] = ()
    problems: tuple[Problem, ...] = ()
    review_reason: str | None = None
    server: str = PUBLIC
    formerly: str | None = None
    left_by_reading: tuple[str, ...] | None = None
    not_visited_since: dt.date | None = None
    outlined: int = 0

    @property
    def says(self) -> str:
        """Return what happened in a few words for a person."""
        outcome = describe(self.outcome)
        if isinstance(self.outcome, Failure):  # in words of git, of a server, or names of branches
            outcome = shown_text(outcome)
        if self.not_visited_since and not isinstance(self.outcome, NotVisited):
            outcome = f"{describe(NotVisited(self.not_visited_since))}; {outcome}"
        if self.formerly:
            outcome = f"called {self.formerly} before, its rows are carried over; {outcome}"
        left = sum(record.status_reason == NO_LONGER_TAKEN for record in self.removed)
        if left:
            outcome = f"{outcome}; its configuration leaves out {plural(left, 'images')}"
        if self.outlined:
            outcome = f"{outcome}; masks of {plural(self.outlined, 'images')} changed"
        return outcome

    @property
    def repository(self) -> Repository | None:
        """Return the upstream's repository, where it has pages that we can link to."""
        return repository_at(self.source.url, self.server, PUBLIC)

    @property
    def moved(self) -> bool:
        """Return whether the described commit changes."""
        return self.old != self.new

    def copied(self) -> list[NewDuplicate]:
        """Return one pair of each picture that is a copy: the one with the picture that is kept."""
        by_copy: dict[str, NewDuplicate] = {}
        for found in self.copies:
            if found.copy not in by_copy or found.original == found.kept:
                by_copy[found.copy] = found
        return list(by_copy.values())

    def counts(self) -> dict[str, int]:
        """Count what changed, in pictures and in the words used for people."""
        return {
            "new images": len(self.added),
            "changed": len(self.modified),
            "renamed": len(self.renamed),
            "removed": len(self.removed),
            "relabelled": len(self.relabelled),
            "duplicates": len({found.copy for found in self.copies}),
        }

    def new_copies(self) -> int:
        """Count the new images that are copies."""
        return len({found.copy for found in self.copies} & {row.key for row in self.added})


@dataclass(frozen=True, slots=True)
class RowChanges:
    """The rows of one source, sorted by what happened to them."""

    added: tuple[Record, ...]
    removed: tuple[Record, ...]
    renamed: tuple[Change, ...]
    modified: tuple[Change, ...]
    relabelled: tuple[Change, ...]


def rows(before: Iterable[Record], after: Iterable[Record], diff: TreeDiff | None) -> RowChanges:
    """Sort a source's changed rows by what happened to them."""
    if before is after:
        return RowChanges((), (), (), (), ())
    old = {record.path: record for record in before}
    new = {record.path: record for record in after}
    moved = {b.path: a.path for a, b in diff.renamed} if diff else {}
    renamed = tuple(Change(old[was], new[path]) for path, was in sorted(moved.items()))
    gone = set(moved.values())
    added, removed, modified, relabelled = [], [], [], []
    for change in table.diff(old.values(), new.values()):
        was, now = change.before, change.after
        if now is None or now.path in moved or (was and was.path in gone):
            continue
        if was is None or (was.status == "withdrawn" != now.status):
            added.append(now)
        elif now.status == "withdrawn":
            removed += [_removed(was, now)] if was.status != "withdrawn" else []
        elif was.blob != now.blob:
            modified.append(change)
        elif label_columns(Change(without_quarantine(was), without_quarantine(now))):
            relabelled.append(change)
    return RowChanges(tuple(added), tuple(removed), renamed, tuple(modified), tuple(relabelled))


def _removed(was: Record, now: Record) -> Record:
    """Return a row that was there, with the reason where configuration left it out."""
    if left_by_configuration(now):
        return replace(was, status_reason=now.status_reason)
    return was


def left_out(removed: Record) -> bool:
    """Return whether configuration left out a row that is listed as removed."""
    return removed.status_reason in (NO_LONGER_CONFIGURED, NO_LONGER_TAKEN)


def label_columns(change: Change) -> tuple[str, ...]:
    """Return the columns of a row that changed and that do not follow from others."""
    rows = [row for row in (change.before, change.after) if row is not None]
    held = _STATUS if any(row.status == "held" for row in rows) else set()
    return tuple(name for name in change.columns if name not in _DERIVED | _DATES | held)


def stated_columns(change: Change) -> tuple[str, ...]:
    """Return the label columns that changed, without a source's own words for what we translate."""
    columns = label_columns(change)
    return tuple(c for c in columns if c != "finding_raw" or "finding" not in columns)


def tally(records: Iterable[Record], column: str) -> Counter[str]:
    """Count rows by what a column says; a list counts once for each of its words."""
    counts: Counter[str] = Counter()
    for record in records:
        value = getattr(record, column)
        words: Sequence[str] = value if isinstance(value, tuple) else [value] if value else []
        counts.update(words or ["not stated"])
    return counts


def amounts(changes: Iterable[SourceChange]) -> list[str]:
    """Return what changed, in words: of the new images how many are copies, then what else."""
    total: Counter[str] = Counter()
    new_copies = 0
    for change in changes:
        total.update(change.counts())
        new_copies += change.new_copies()
    total["duplicates"] -= new_copies
    parts = [plural(n, word) for word, n in total.items() if n]
    if new_copies:
        copies = "a copy" if new_copies == 1 else "copies"
        parts.insert(1, copies if total["new images"] == 1 else f"{new_copies:,} of them {copies}")
    return parts


def headline(changes: Sequence[SourceChange]) -> str:
    """Return the changes of a night in one sentence.

    >>> headline([])
    'Nothing moved'
    """
    parts = amounts(changes)
    acts = {
        "moved": sum(change.moved for change in changes),
        "renamed": sum(change.formerly is not None for change in changes),
        "retired": sum(isinstance(change.outcome, Retired) for change in changes),
    }
    sources = [f"{plural(n, 'sources')} {act}" for act, n in acts.items() if n]
    if not sources and not parts:
        return "Nothing moved"
    return f"{', '.join(sources) or 'Described anew'}: {', '.join(parts) or 'no image changed'}"
