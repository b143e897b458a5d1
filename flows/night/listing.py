"""See what a source's upstream holds now, and how that differs from what the manifest describes."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import pathspec

from covid19_images.images.refused import Refused
from covid19_images.manifest.record import Record
from flows.collection.problems import Kind, Problem
from flows.config.source import Source
from flows.config.tables import Columned, Join, Table
from flows.labels import table as tables
from flows.labels.files import TableFile, key_column, present, read_table
from flows.labels.masks import belonging
from flows.labels.table import TableDiff
from flows.text import names
from flows.upstream import blobs, git, history, tree
from flows.upstream.clone import Clone
from flows.upstream.history import Dates
from flows.upstream.tree import Entry, RawDiff, TreeDiff

_MAX_TABLE_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Scan:
    """One source as it is upstream now.

    Attributes:
        images: The image files, by path.
        diff: What was added, removed or moved among them since the manifest was written.
        dates: When every path arrived.
        date: UTC date of the commit.
        tables: The label tables.
        table_diffs: What changed in each table, by file name.
        problems: Entries that are no plain files, and files that no rule mentions.
        paths: All that is there, taken or not.
        masks: Files that outline something in pictures.
    """

    images: tuple[Entry, ...]
    diff: TreeDiff
    dates: Mapping[str, Dates]
    date: dt.date | None
    tables: tuple[TableFile[Table], ...]
    table_diffs: Mapping[str, TableDiff]
    problems: tuple[Problem, ...]
    paths: frozenset[str] = frozenset()
    masks: tuple[Entry, ...] = ()


def scan(
    source: Source, clone: Clone, old: str | None, new: str, records: Sequence[Record]
) -> Scan:
    """Read the tree at a commit, its history since another, and its label tables.

    The images' difference is taken against the manifest's rows, not against the old commit: an
    upstream that rewrote its history no longer has that commit. Image blobs are not touched.

    Raises:
        git.GitError: When the upstream cannot be fetched from any more.
    """
    everything = sorted(tree.entries(clone.folder, new, most=clone.budget.max_paths))
    if old is not None and not git.succeeds(
        "cat-file", "-e", f"{old}^{{commit}}", folder=clone.folder
    ):
        old = None
    images, problems = sort_out(source, everything)
    known = {r.path: Dates(r.first_seen, r.last_changed) for r in _held(records)}
    dates = history.arrivals(clone.folder, old, new, known)
    files, table_diffs = _tables(source, clone, old, everything)
    return Scan(
        images=tuple(images),
        diff=compare(records, images),
        dates={entry.path: dates[entry.path] for entry in images if entry.path in dates},
        date=history.date_of(clone.folder, new),
        tables=tuple(files),
        table_diffs=table_diffs,
        problems=tuple(problems),
        paths=frozenset(entry.path for entry in everything),
        masks=tuple(masks_among(source, everything)),
    )


def _held(records: Iterable[Record]) -> list[Record]:
    return [record for record in records if record.status != "withdrawn"]


def compare(records: Iterable[Record], images: Iterable[Entry]) -> TreeDiff:
    """Compare what the manifest describes with the image files that are there now."""
    before = {record.path: Entry(record.path, record.blob) for record in _held(records)}
    after = {entry.path: entry for entry in images}
    return tree.pair_renames(
        RawDiff(
            added=[after[path] for path in after.keys() - before.keys()],
            removed=[before[path] for path in before.keys() - after.keys()],
            modified=[
                (before[path], after[path])
                for path in before.keys() & after.keys()
                if before[path].blob != after[path].blob
            ],
        )
    )


def sort_out(source: Source, everything: Iterable[Entry]) -> tuple[list[Entry], list[Problem]]:
    """Separate image files from the rest of a tree; what no rule mentions is a problem."""
    is_image = pathspec.GitIgnoreSpec.from_lines(source.files.images).match_file
    is_ignored = pathspec.GitIgnoreSpec.from_lines(source.files.ignore).match_file
    is_table = {file for table in source.tables for file in table.every_file}
    images, problems, unlisted = [], [], defaultdict(list)
    for entry in everything:
        if is_ignored(entry.path) or entry.path in is_table or _is_mask(source, entry):
            continue
        if entry.kind != "file" or entry.unsafe:
            problems.append(_odd(source, entry))
        elif is_image(entry.path):
            images.append(entry)
        else:
            path = PurePosixPath(entry.path)
            unlisted[str(path.parent), path.suffix].append(entry)
    problems += [_unlisted(source, suffix, some) for (_, suffix), some in unlisted.items()]
    return images, problems


def masks_among(source: Source, everything: Iterable[Entry]) -> list[Entry]:
    """Return the files that are masks; what is ignored is none."""
    is_ignored = pathspec.GitIgnoreSpec.from_lines(source.files.ignore).match_file
    return [e for e in everything if _is_mask(source, e) and not is_ignored(e.path)]


def _is_mask(source: Source, entry: Entry) -> bool:
    is_plain = entry.kind == "file" and not entry.unsafe
    return is_plain and belonging(source, entry.path) is not None


def _odd(source: Source, entry: Entry) -> Problem:
    kind: Kind = "unsafe_path"
    what = entry.unsafe or ""
    if entry.kind != "file":
        kind, what = entry.kind, f"a {entry.kind}; it is not followed"
    return Problem(source.name, _shown(source, entry), 0, kind, what)


def _unlisted(source: Source, suffix: str, entries: Sequence[Entry]) -> Problem:
    files = "1 file" if len(entries) == 1 else f"{len(entries)} files"
    what = (
        f"{files} here ({suffix or 'no ending'}): neither files.images nor files.ignore names them"
    )
    first = min(entries, key=lambda entry: entry.path)
    return Problem(source.name, _shown(source, first), 0, "unlisted_file", what)


def _shown(source: Source, entry: Entry) -> str:
    return names.shown_path(entry.path, entry.blob, source.harmless)


def _tables(
    source: Source, clone: Clone, old: str | None, everything: Iterable[Entry]
) -> tuple[list[TableFile[Table]], dict[str, tables.TableDiff]]:
    now = {entry.path: entry.blob for entry in everything if entry.kind == "file"}
    before = _blobs_at(clone, old, source.tables)
    every = [one for table in source.tables for one in (table, *table.join)]
    wanted = [blob for at in (now, before) for one in every if (blob := _blob(one, at))]
    contents = _contents(clone, wanted)
    files = [
        read_table(table, file, contents[now[file]], _joined(table, now, contents))
        for table in source.tables
        if (file := present(table, now))
    ]
    diffs: dict[str, tables.TableDiff] = {}
    for one in files:
        diffs[one.path] = _table_diff(one, contents.get(_blob(one.layout, before) or ""))
    for beside in {
        (j.path, j.layout.to or j.layout.on): j for f in files for j in f.joined
    }.values():
        diff = _table_diff(beside, contents.get(_blob(beside.layout, before) or ""))
        other = diffs.get(beside.path)
        diffs[beside.path] = tables.together(other, diff) if other else diff
    return files, diffs


def _joined(
    table: Table, now: Mapping[str, str], contents: Mapping[str, bytes | Refused]
) -> Iterator[TableFile[Join]]:
    for layout in table.join:
        if file := present(layout, now):
            yield read_table(layout, file, contents[now[file]])


def _contents(clone: Clone, wanted: Sequence[str]) -> dict[str, bytes | Refused]:
    unfetched = clone.fetch_blobs(wanted)
    here = [blob for blob in wanted if blob not in unfetched]
    contents = dict(blobs.read(clone.folder, here, max_bytes=_MAX_TABLE_BYTES))
    return contents | {blob: Refused(reason) for blob, reason in unfetched.items()}


def _blob(layout: Columned, at: Mapping[str, str]) -> str | None:
    file = present(layout, at)
    return at[file] if file else None


def _blobs_at(clone: Clone, commit: str | None, layouts: Iterable[Table]) -> dict[str, str]:
    names = [file for table in layouts for file in table.every_file]
    if commit is None or not names:
        return {}
    printed = git.call("ls-tree", "-z", "--full-tree", commit, "--", *names, folder=clone.folder)
    listed = (item.split(b"\t") for item in printed.split(b"\0")[:-1])
    return {tree.printable(raw): meta.split()[2].decode() for meta, raw in listed}


def _table_diff(now: TableFile[Columned], before: bytes | Refused | None) -> tables.TableDiff:
    if now.text is None:
        return tables.TableDiff()
    earlier = read_table(now.layout, now.path, before) if before is not None else None
    old = earlier.text if earlier else None
    return tables.compare(old, now.text, key_column(now.layout))
