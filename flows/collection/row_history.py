"""Read the history of one manifest row from the collection's own git history.

Only first parents are followed, and only the manifest of the row's source is read: what was
proposed and never merged is no history, and a collection of thousands of nights stays quick.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from git import Repo
from git.objects import Commit

from covid19_images.manifest.spreadsheet import cell, line, uncell
from flows.collection import committed, manifest_files, state
from flows.collection.checkout import content_of
from flows.collection.manifest_text import Texts

MOST_VERSIONS = 2_000  # of one manifest; nights of five years
_LINE = re.compile(r"^([0-9a-f]{40})$|^:\d{6} \d{6} [0-9a-f]+ ([0-9a-f]{40}) ", re.MULTILINE)
_MERGED = re.compile(r"^Merge pull request #(\d+) |\(#(\d+)\)$")

Act = Literal["added", "changed", "renamed", "withdrawn", "returned", "left"]
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Event:
    """One night's change of a row.

    Attributes:
        act: What happened.
        commit: The commit on the base branch.
        merged: UTC date of that commit.
        night: UTC date of the bot's commit, where it can be distinguished from a person's.
        proposal: Number of the pull request, where the commit names one.
        upstream: The upstream commit that the row was then described at.
        path: The row's path then.
        changes: Cells before and after, by column.
    """

    act: Act
    commit: str
    merged: dt.date
    night: dt.date | None
    proposal: int | None
    upstream: str
    path: str
    changes: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class History:
    """What happened to a row, oldest first.

    Attributes:
        events: What changed it.
        whole: Whether that is all; otherwise it is older than what was read.
    """

    events: tuple[Event, ...]
    whole: bool


def history(repo: Repo, base: Commit, source: str, path: str, most: int = MOST_VERSIONS) -> History:
    """Read what happened to the row of one picture, through renames.

    Args:
        repo: The clone of the collection.
        base: The commit to go back from.
        source: The row's source.
        path: Its path now.
        most: How many versions of the manifest are read.
    """
    versions = _commits(repo, base, source, most + 1)
    texts = Texts(repo)
    events: list[Event] = []
    commit, text, row = "", "", None
    for older_commit in versions[:most]:
        older_text = texts.of(older_commit, source)
        older = row_of(older_text, source, path)
        if row is not None and older is None and (old := _renamed_from(older_text, text, row)):
            older, path = old, old["path"]
        if commit and row != older:
            events.append(_event(repo, commit, source, older, row))
        commit, text, row = older_commit, older_text, older
    whole = len(versions) <= most and not _is_shallow(repo)
    if row is None or not whole:
        return History(tuple(reversed(events)), whole)
    if earlier := _other_source(repo, commit, row):
        name, old = earlier
        events.append(_event(repo, commit, source, old, row))
        before = history(repo, repo.commit(commit).parents[0], name, old["path"], most)
        return History((*before.events, *reversed(events)), before.whole)
    events.append(_event(repo, commit, source, None, row))
    return History(tuple(reversed(events)), whole)


def _other_source(repo: Repo, commit: str, row: Row) -> tuple[str, Row] | None:
    """Find the row of the same file in a manifest that the commit deletes: its source was renamed.

    Args:
        repo: The clone of the collection.
        commit: The commit that added the source's manifest.
        row: The row in it.
    """
    parents = repo.commit(commit).parents
    if not parents:
        return None
    span = (parents[0].hexsha, commit)
    options = ("--name-only", "-z", "--no-renames", "--diff-filter=D")
    printed = str(repo.git.diff(*options, *span, "--", manifest_files.FOLDER))
    names = {manifest_files.source_of(path) for path in printed.split("\0")}
    texts = Texts(repo)
    for name in sorted(filter(None, names)):
        if texts.of(commit, name):
            continue  # only a part of its files is gone
        old = row_of(texts.of(parents[0].hexsha, name), name, row["path"])
        if old is not None and old.get("blob") == row.get("blob"):
            return name, old
    return None


def row_of(text: str, source: str, path: str) -> Row | None:
    """Find a row in the text of a manifest, whatever columns it had then; `None` for none."""
    place = text.find(f"\n{line([cell(source), cell(path)]).rstrip()},")
    if place < 0:
        return None
    header, _, _ = text.partition("\n")
    rows = csv.reader(io.StringIO(f"{header}\n{text[place + 1 :]}", newline=""))
    names, cells = next(rows), next(rows)
    return {name: uncell(text) for name, text in zip(names, cells, strict=False) if text}


def _renamed_from(older: str, newer: str, row: Row) -> Row | None:
    """Find the row of the same file under the path it had: the only one that is there no more."""
    blob = row.get("blob", "")
    if not blob or f",{blob}," not in older:
        return None
    rows = csv.DictReader(io.StringIO(older, newline=""))
    found = [
        {name: uncell(text) for name, text in one.items() if text}
        for one in rows
        if one.get("blob") == blob and one.get("status") != "withdrawn"
    ]
    gone = [one for one in found if _is_gone(row_of(newer, one["source"], one["path"]))]
    return gone[0] if len(gone) == 1 else None


def _is_gone(row: Row | None) -> bool:
    return row is None or row.get("status") == "withdrawn"


def _event(repo: Repo, commit: str, source: str, before: Row | None, after: Row | None) -> Event:
    there = repo.commit(commit)
    number, night = proposal_of(there)
    row = after or before or {}
    described = {one.source: one.commit for one in _sources(there)}
    return Event(
        act=_act(before, after),
        commit=commit,
        merged=_date(there.committed_date),
        night=night,
        proposal=number,
        upstream=described.get(source, ""),
        path=row.get("path", ""),
        changes=dict(_changes(before, after)) if before and after else {},
    )


def _act(before: Row | None, after: Row | None) -> Act:
    if before is None or after is None:
        return "left" if after is None else "added"
    if any(before.get(name) != after.get(name) for name in ("source", "path")):
        return "renamed"
    was, now = (one.get("status") == "withdrawn" for one in (before, after))
    if was == now:
        return "changed"
    return "withdrawn" if now else "returned"


def _changes(before: Row, after: Row) -> Iterator[tuple[str, tuple[str, str]]]:
    for name in {**before, **after}:
        was, now = before.get(name, ""), after.get(name, "")
        if was != now:
            yield name, (was, now)


def earlier_commits(
    repo: Repo, base: Commit, proposed: Mapping[str, state.SourceRow], most: int = 100
) -> Mapping[str, Sequence[str]]:
    """List the upstream commits that each source was described at before, the newest first.

    Args:
        repo: The clone of the collection.
        base: The commit to go back from.
        proposed: What is proposed on top of it; a source that it moves can go back to the base's
            own commit.
        most: How many versions of `datasets/sources.csv` are read.
    """
    seen: dict[str, dict[str, None]] = {}
    for _, blob in _versions(repo, base, state.SOURCES, most):
        for row in state.loads(text) if (text := _text(repo, blob)) else ():
            seen.setdefault(row.source, {})[row.commit] = None
    now = {source: row.commit for source, row in proposed.items()}
    return {
        source: [one for one in commits if one != now.get(source)]
        for source, commits in seen.items()
    }


def proposal_of(commit: Commit) -> tuple[int | None, dt.date | None]:
    """Return which pull request a commit merged, and the night that the bot made it in.

    GitHub names the number in the subject of a merge and of a squash; the bot's own commit is
    the second parent of a merge, and has its digest in its message.
    """
    subject = str(commit.message).partition("\n")[0]
    found = _MERGED.search(subject)
    number = int(found[1] or found[2]) if found else None
    parents = commit.parents[1:2] if len(commit.parents) > 1 else (commit,)
    ours = next((one for one in parents if content_of(one)), None)
    return number, _date(ours.authored_date) if ours else None


def _commits(repo: Repo, base: Commit, source: str, most: int) -> list[str]:
    """List the commits that changed the manifest of a source, newest first."""
    paths = (manifest_files.csv_path(source), manifest_files.index_path(source))
    options = ("--first-parent", "--format=%H", f"--max-count={most}")
    return str(repo.git.log(base.hexsha, *options, "--", *paths)).split()


def _versions(repo: Repo, base: Commit, path: str, most: int) -> list[tuple[str, str]]:
    """List the commits that changed a file with the blob it had then, newest first."""
    printed = repo.git.log(
        base.hexsha,
        "--first-parent",
        "-m",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "--format=%H",
        f"--max-count={most}",
        "--",
        path,
    )
    found: list[tuple[str, str]] = []
    commit = ""
    for sha, blob in _LINE.findall(printed):
        commit = sha or commit
        if blob:
            found.append((commit, blob))
    return found


def _text(repo: Repo, blob: str) -> str:
    if not blob.strip("0"):  # the file was deleted
        return ""
    _, _, _, data = repo.git.get_object_data(blob)
    return bytes(data).decode("utf-8")


def _sources(commit: Commit) -> Sequence[state.SourceRow]:
    text = committed.text(commit.tree, state.SOURCES)
    return state.loads(text) if text else []


def _is_shallow(repo: Repo) -> bool:
    return str(repo.git.rev_parse("--is-shallow-repository")) == "true"


def _date(seconds: int) -> dt.date:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).date()
