"""Work out what a night proposes: files, pins and words. Nothing is written here."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Collection as Container
from dataclasses import dataclass, field
from typing import TypeVar

from covid19_images.manifest import mask, splits, volume, volume_pair
from covid19_images.manifest.record import Record
from covid19_images.manifest.shards import USUAL, Sizes
from covid19_images.manifest.splits import Placed
from covid19_images.manifest.statements import conflicts
from covid19_images.manifest.statements.conflicts import Conflict
from flows.collection import duplicates, manifest_files, problems, state, withdrawn_links
from flows.collection.duplicates import Pair
from flows.collection.ledger import LongerLedger
from flows.collection.problems import Problem
from flows.collection.questions import Together
from flows.collection.state import SourceRow, State
from flows.collection.volumes import NONE, Volumes
from flows.config.source import Source
from flows.proposal import catalogue, changes_json, changes_md, forms, markdown, page
from flows.proposal.changes import SourceChange, headline
from flows.proposal.modules import gitmodules
from flows.proposal.pictures import NO_PICTURES, Pictures
from flows.proposal.reports import Reports, report
from flows.proposal.section import section
from flows.proposal.sheets import Sheet, sheets
from flows.proposal.shown import Shown, shown

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Collection:
    """The collection as it would be after a night.

    Attributes:
        records: The rows of each source.
        described: What each was written from.
        pairs: All copies.
        problems: All that could not be explained.
        ledger: Which picture is in which split.
        volumes: What volumes its pictures make.
        touched: Keys of the rows that the night can have reached; all others are as in the base.
            `None` where any row may be another.
    """

    records: Mapping[str, Sequence[Record]]
    described: Mapping[str, SourceRow]
    pairs: Sequence[Pair]
    problems: tuple[Problem, ...]
    ledger: Sequence[Placed] = ()
    volumes: Volumes = NONE
    touched: Container[str] | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Everything a pull request carries.

    Attributes:
        title: One sentence.
        files: New contents by path.
        pins: New submodule commits by source name.
        body: The words, in Markdown.
        page: The words, as a page of its own.
        review_reasons: Why a person should look before merging; empty when nothing is odd.
        sheets: Pictures of what changed.
        described: The upstream commit that each source is described at.
        deleted: Paths that are deleted: what is of no configured source any more.
        pictures: What the page and the sheets were drawn from.
        date: UTC date of the newest upstream commit taken in.
        large: Rows of each source whose files are shards, before or after, and differ from the
            base; `None` where they are deleted.
    """

    title: str
    files: Mapping[str, bytes]
    pins: Mapping[str, str]
    body: str
    page: str
    review_reasons: tuple[str, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    described: Mapping[str, str] = field(default_factory=dict)
    deleted: tuple[str, ...] = ()
    pictures: Pictures = NO_PICTURES
    date: dt.date | None = None
    large: Mapping[str, Sequence[Record] | None] = field(default_factory=dict)

    @property
    def writes(self) -> dict[str, bytes | None]:
        """Return what is written, by path; `None` deletes."""
        return {**self.files, **dict.fromkeys(self.deleted)}

    @property
    def content_hash(self) -> str:
        """Digest everything proposed, so that a second night can tell it is the same.

        The bytes of the sheets are no part of it: another version of a library may draw the same
        differently.
        """
        digest = hashlib.sha256()
        parts = [self.title, self.body, *(f"{k} {v}" for k, v in sorted(self.pins.items()))]
        for part in parts:
            digest.update(part.encode() + b"\0")
        for path, content in sorted(self.files.items()):
            digest.update(path.encode() + b"\0" + hashlib.sha256(content).digest())
        for path in self.deleted:
            digest.update(path.encode() + b"\0deleted")
        for sheet in self.sheets:
            digest.update(f"{sheet.name}\0{sheet.alt}\0{sheet.caption}\0".encode())
        return digest.hexdigest()


def plan(
    before: State,
    after: Collection,
    sources: Sequence[Source],
    changes: Sequence[SourceChange],
    date: dt.date | None,
    *,
    decisions: str | None = None,
    ignore_days: int = 30,
    pictures: Pictures = NO_PICTURES,
    written: State | None = None,
    disputed: Sequence[Conflict] = (),
    sizes: Sizes = USUAL,
) -> Proposal | None:
    """Propose the difference between what the collection holds and what it should hold.

    Args:
        before: The base, as the configuration names its sources.
        after: The collection after the night.
        sources: All configured sources.
        changes: What happened to each source that was visited.
        date: UTC date of the newest upstream commit taken in.
        decisions: New text of `config/decisions.toml`, where people answered.
        ignore_days: How long a source is left alone when its box is ticked.
        pictures: What was drawn of the changes.
        written: The base as it is committed, where that differs.
        disputed: Every conflict between statements, as the collection is after the night.
        sizes: How many rows a file of the manifest has.

    Returns:
        The proposal, or `None` when nothing would change.
    """
    written = written or before
    files, pins = _difference(written, after, sources, disputed)
    manifests = manifest_files.differences(written.manifests, after.records, sizes)
    files |= {path: content for path, content in manifests.items() if content is not None}
    deleted = _deleted(written, manifests, sources)
    changed = bool(files or pins or deleted)
    if not changed and decisions is None:
        return None
    if decisions is not None:
        files[state.DECISIONS] = decisions.encode()
    listed = catalogue.catalogue(sources, after.records)
    if listed != written.catalogue:
        files[state.CATALOGUE] = listed.encode()
    records = Together({name: after.records[name] for name in sorted(after.records)})
    public = shown(changes, records, pictures)
    reports = report(
        before,
        records,
        after.pairs,
        after.volumes,
        touched=after.touched,
        changes=changes,
        sources=sources,
        disputed=disputed,
        listed=written.conflicts,
        public=public,
    )
    moved = forms.report_forms(written.manifests, after.records, manifests)
    files |= _words(before, public, reports, moved, date)
    review_reasons = _review_reasons(changes, reports)
    title = headline(changes) if changed else "What people decided"
    title += reports.holds.headline
    return Proposal(
        title=title,
        files=files,
        pins=pins,
        body=markdown.body(
            title,
            public.changes,
            records,
            review_reasons,
            ignore_days=ignore_days,
            splits="\n".join(
                filter(None, [forms.section(moved, level=2), reports.for_body(changes, public)])
            ),
        ),
        page=_page(title, after, public, reports, review_reasons),
        review_reasons=review_reasons,
        sheets=sheets(public.changes, public.pictures),
        described={name: row.commit for name, row in after.described.items()},
        deleted=deleted,
        pictures=pictures,
        date=date,
        large=manifest_files.large(manifests, after.records),
    )


def _page(
    title: str,
    after: Collection,
    public: Shown,
    reports: Reports,
    review_reasons: Sequence[str],
) -> str:
    return page.render(
        title,
        public.changes,
        public.records,
        after.pairs,
        review_reasons,
        pictures=public.pictures,
        conflicts=[public.conflict(one) for one in reports.conflicts],
        held=reports.holds.held,
        volumes=reports.volumes.volumes,
        outlined=reports.volumes.pictures,
    )


def _review_reasons(changes: Sequence[SourceChange], reports: Reports) -> tuple[str, ...]:
    reasons = [f"{c.source.name}: {c.review_reason}" for c in changes if c.review_reason]
    return (*reasons, *filter(None, [reports.splits.review_reason]))


def _deleted(
    before: State, manifests: Mapping[str, bytes | None], sources: Sequence[Source]
) -> tuple[str, ...]:
    """Return what is deleted: submodules of no source, and rows that stand elsewhere now."""
    names = {source.name for source in sources}
    links = [f"datasets/{name}" for name in before.pins if name not in names]
    moved = [path for path, content in manifests.items() if content is None]
    return tuple(sorted([*links, *moved]))


def _difference(
    before: State, after: Collection, sources: Sequence[Source], disputed: Sequence[Conflict]
) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the files and the pins that differ from the base."""
    files = _files(before, after)
    if tuple(disputed) != before.conflicts:
        files[state.CONFLICTS] = conflicts.dumps(disputed).encode()
    described = {name: row.commit for name, row in after.described.items()}
    names = {source.name for source in sources}
    known = [source for source in sources if source.name in described]
    modules = gitmodules(before.gitmodules, known, names)
    if modules != before.gitmodules:
        files[state.GITMODULES] = modules.encode()
    return files, {name: pin for name, pin in described.items() if before.pins.get(name) != pin}


def _words(
    before: State,
    public: Shown,
    reports: Reports,
    moved: Sequence[forms.Form],
    date: dt.date | None,
) -> dict[str, bytes]:
    """Write what changed, for people and for programs."""
    heading = f"Upstream as of {date.isoformat()}" if date else "Without upstream changes"
    parts = [section(heading, public.changes), *reports.for_changes(public)]
    words = filter(None, [*parts, forms.section(moved, level=3)])
    programs = changes_json.dumps(public.changes, date, reports.for_programs(public))
    return {
        state.CHANGES: changes_md.added(before.changes, "\n".join(words)).encode(),
        state.CHANGES_JSON: programs.encode(),
    }


def _files(before: State, after: Collection) -> dict[str, bytes]:
    """Write the state files that differ from the base, but for the manifest."""
    was, now = before.volumes, after.volumes
    files = {
        state.SOURCES: _written(state.dumps, before.described.values(), after.described.values()),
        state.DUPLICATES: _written(duplicates.dumps, before.pairs, after.pairs),
        state.SPLITS: _ledger(before.ledger, after.ledger),
        state.PROBLEMS: _written(problems.dumps, before.problems, after.problems),
        state.VOLUMES: _written(volume.dumps, was.rows, now.rows),
        state.SLICES: _written(volume.dumps_slices, was.slices, now.slices),
        state.MASKS: _written(mask.dumps, was.masks, now.masks),
        state.VOLUME_PAIRS: _written(volume_pair.dumps, was.pairs, now.pairs),
        state.VOLUME_LINKS: _written(withdrawn_links.dumps, was.links, now.links),
    }
    return {path: content for path, content in files.items() if content is not None}


def _ledger(old: Sequence[Placed], new: Sequence[Placed]) -> bytes | None:
    """Write the ledger of splits; `None` where it is as it was."""
    if isinstance(new, LongerLedger) and new.first is old:
        return new.text().encode()
    return _written(splits.dumps, old, new)


def _written(
    dumps: Callable[[Iterable[T]], str], old: Iterable[T], new: Iterable[T]
) -> bytes | None:
    """Write a table; `None` where it is as it was. Rows that are one object cost nothing."""
    if old is new:
        return None
    before, after = tuple(old), tuple(new)
    if before == after:
        return None
    text = dumps(after)
    return text.encode() if text != dumps(before) else None
