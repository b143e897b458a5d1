"""Read what happened to every row, and what every merged proposal did, in one walk through git.

`flows.collection.row_history` follows one row backwards; here all manifests are followed forwards,
each version once. Only first parents count, as there.
"""

import csv
import datetime as dt
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from git import Repo
from git.objects import Commit

from covid19_images.manifest.spreadsheet import uncell
from flows.collection import committed, manifest_files, manifest_text, state
from flows.collection.row_history import MOST_VERSIONS, Act, Row, proposal_of

_RAW = re.compile(
    r"^([0-9a-f]{40})$|^:\d{6} \d{6} [0-9a-f]+ ([0-9a-f]{40}) \w\t(.+)$", re.MULTILINE
)

_Key = tuple[str, str]
_Rows = dict[_Key, Row]


@dataclass(frozen=True, slots=True)
class Merge:
    """One commit of the base branch that changed manifests or what they are written from.

    Attributes:
        commit: The commit.
        title: The first line of what was proposed, without the number of a pull request.
        merged: UTC date of it.
        night: UTC date of the bot's commit, where it can be distinguished from a person's.
        proposal: Number of the pull request, where the commit names one.
        upstream: The upstream commit that each source is described at from then on.
        moved: The sources whose upstream commit is another one than before.
    """

    commit: str
    title: str
    merged: dt.date
    night: dt.date | None
    proposal: int | None
    upstream: Mapping[str, str] = field(default_factory=dict)
    moved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What one merge did to one row.

    Attributes:
        merge: The merge.
        act: What happened.
        cells: Cells before and after, by column; of a row that stayed.
    """

    merge: Merge
    act: Act
    cells: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Histories:
    """What happened to all rows.

    Attributes:
        rows: The changes of each row by its key `source/path` now, oldest first.
        merges: The merges, oldest first.
        whole: Whether that is all; otherwise it is older than what was read.
    """

    rows: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    merges: tuple[Merge, ...] = ()
    whole: bool = True

    def of_merges(self) -> Mapping[str, list[tuple[str, Change]]]:
        """Return the keys of rows with what happened to them, by the merge's commit."""
        found: dict[str, list[tuple[str, Change]]] = defaultdict(list)
        for key in sorted(self.rows):
            for change in self.rows[key]:
                found[change.merge.commit].append((key, change))
        return found


NONE = Histories()


def histories(repo: Repo, base: Commit, most: int = MOST_VERSIONS) -> Histories:
    """Read what happened to every row up to a commit.

    Args:
        repo: The clone of the collection.
        base: The commit to go back from.
        most: How many commits are read.
    """
    commits = _commits(repo, base, most + 1)
    read = commits[-most:]
    shallow = str(repo.git.rev_parse("--is-shallow-repository")) == "true"
    whole = len(read) == len(commits) and not shallow
    first = None if whole or not read else _before(repo, read[0][0], shallow=shallow)
    texts = _manifests(first) if first else {}
    past: dict[_Key, list[Change]] = defaultdict(list)
    merges: list[Merge] = []
    described = _described(first) if first else {}
    for sha, files in read:
        if first and first.hexsha == sha:
            continue  # where a shallow clone begins, nobody knows what changed
        commit = repo.commit(sha)
        after = _described(commit) if state.SOURCES in files else described
        merges.append(_merge(commit, described, after))
        described = after
        changed = {path: blob for path, blob in files.items() if manifest_text.has_rows(path)}
        _apply(past, merges[-1], _differences(repo, texts, changed))
    rows = {f"{source}/{path}": tuple(found) for (source, path), found in past.items()}
    return Histories(rows, tuple(merges), whole)


def _commits(repo: Repo, base: Commit, most: int) -> list[tuple[str, dict[str, str]]]:
    """List the commits that changed manifests, with the blobs by path, oldest first."""
    options = ("--first-parent", "-m", "--raw", "--no-abbrev", "--no-renames", "--format=%H")
    paths = ("--", manifest_files.FOLDER, state.SOURCES)
    printed = repo.git.log(base.hexsha, *options, f"--max-count={most}", *paths)
    found: list[tuple[str, dict[str, str]]] = []
    for sha, blob, path in _RAW.findall(printed):
        if sha:
            found.append((sha, {}))
        elif found:
            found[-1][1][path] = blob
    return found[::-1]


def _before(repo: Repo, sha: str, *, shallow: bool) -> Commit:
    commit = repo.commit(sha)
    return commit if shallow or not commit.parents else commit.parents[0]


def _manifests(commit: Commit) -> dict[str, str]:
    """Return the texts of all manifests of a commit, by file."""
    files = (
        blob for name in _described(commit) for blob in manifest_files.row_files(commit.tree, name)
    )
    return {
        path: manifest_text.of_content(path, blob.data_stream.read())
        for blob in files
        if (path := str(blob.path))
    }


def _described(commit: Commit) -> dict[str, str]:
    text = committed.text(commit.tree, state.SOURCES)
    return {one.source: one.commit for one in state.loads(text)} if text else {}


def _merge(commit: Commit, before: Mapping[str, str], after: Mapping[str, str]) -> Merge:
    number, night = proposal_of(commit)
    proposed = commit.parents[1] if len(commit.parents) > 1 else commit
    title = str(proposed.message).partition("\n")[0].strip()
    return Merge(
        commit=commit.hexsha,
        title=re.sub(r" \(#\d+\)$", "", title),
        merged=dt.datetime.fromtimestamp(commit.committed_date, dt.UTC).date(),
        night=night,
        proposal=number,
        upstream=after,
        moved=tuple(sorted(n for n in after if after[n] != before.get(n))),
    )


def _differences(
    repo: Repo, texts: dict[str, str], changed: Mapping[str, str]
) -> tuple[_Rows, _Rows]:
    """Return the rows that some files of manifests had and have now, where they differ."""
    before: _Rows = {}
    after: _Rows = {}
    for path, blob in sorted(changed.items()):
        old, new = texts.pop(path, ""), manifest_text.of_blob(repo, path, blob)
        if new:
            texts[path] = new
        was, now = _lines(old), _lines(new)
        header_moved = was[:1] != now[:1]
        common = set() if header_moved else set(was) & set(now)
        before.update(_rows(was, common))
        after.update(_rows(now, common))
    for key in [key for key, row in before.items() if after.get(key) == row]:
        del before[key], after[key]
    return before, after


def _lines(text: str) -> list[str]:
    """Split CSV into records, each of which may have several lines inside quotes."""
    lines = text.split("\n")
    if not any(line.count('"') % 2 for line in lines):
        return lines
    found: list[str] = []
    inside = False
    for line in lines:
        if inside:
            found[-1] += f"\n{line}"
        else:
            found.append(line)
        inside ^= line.count('"') % 2 == 1
    return found


def _rows(lines: list[str], common: set[str]) -> Iterator[tuple[_Key, Row]]:
    if not lines or not lines[0]:
        return
    changed = [line for line in lines[1:] if line and line not in common]
    names = next(csv.reader([lines[0]]))
    for cells in csv.reader(io.StringIO("\n".join(changed), newline="")):
        row = {name: uncell(text) for name, text in zip(names, cells, strict=False) if text}
        yield (row.get("source", ""), row.get("path", "")), row


def _apply(past: dict[_Key, list[Change]], merge: Merge, differences: tuple[_Rows, _Rows]) -> None:
    before, after = differences
    fresh = {key: row for key, row in after.items() if key not in before}
    gone = {key: row for key, row in before.items() if _is_gone(after.get(key))}
    renamed = _renamed(fresh, gone)
    for new, old in renamed.items():
        past[new] = [*past.pop(old, ()), Change(merge, "renamed")]
    for key, row in sorted(after.items()):
        if key not in renamed and key not in renamed.values():
            past[key].append(_change(merge, before.get(key), row))
    for key in before.keys() - after.keys() - set(renamed.values()):
        past[key].append(Change(merge, "left"))


def _is_gone(row: Row | None) -> bool:
    return row is None or row.get("status") == "withdrawn"


def _renamed(fresh: Mapping[_Key, Row], gone: Mapping[_Key, Row]) -> dict[_Key, _Key]:
    """Return which new row is which old one: the only ones of one file."""
    old, new = _by_blob(gone), _by_blob(fresh)
    return {
        keys[0]: old[blob][0]
        for blob, keys in new.items()
        if len(keys) == 1 and len(old.get(blob, ())) == 1
    }


def _by_blob(rows: Mapping[_Key, Row]) -> dict[str, list[_Key]]:
    found: dict[str, list[_Key]] = defaultdict(list)
    for key, row in sorted(rows.items()):
        if row.get("blob"):
            found[row["blob"]].append(key)
    return found


def _change(merge: Merge, before: Row | None, after: Row) -> Change:
    if before is None:
        return Change(merge, "added")
    was, now = (row.get("status") == "withdrawn" for row in (before, after))
    act: Act = "changed" if was == now else "withdrawn" if now else "returned"
    return Change(merge, act, dict(_cells(before, after, after.keys() | before.keys())))


def _cells(before: Row, after: Row, names: Iterable[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    for name in sorted(names):
        was, now = before.get(name, ""), after.get(name, "")
        if was != now:
            yield name, (was, now)
