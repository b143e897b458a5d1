"""Find when each path of an upstream arrived and when its content last changed."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.upstream import git
from flows.upstream.tree import TreeDiff, pair_renames, parse_raw

_PLAUSIBLE = range(4102444800)  # 1970 to 2100, UTC


@dataclass(frozen=True, slots=True)
class Dates:
    """UTC dates of the commits that added a path, and that gave it its present content."""

    first_seen: dt.date | None
    last_changed: dt.date | None


def arrivals(
    clone: Path, old: str | None, new: str, known: Mapping[str, Dates]
) -> dict[str, Dates]:
    """Follow the branch from one commit to another and date the paths on it.

    The walk goes along first parents: the date is when a picture arrived on the branch, not when
    somebody drew it. Where `old` is not on that line, the whole history is walked, so that a
    collection kept night by night and one imported at once carry the same dates.

    Args:
        clone: The bare clone.
        old: Where to start, or `None` for the whole history.
        new: Where to end.
        known: The dates of the paths at `old`.
    """
    commits = list(_commits(clone, old, new))
    dates = dict(known)
    if old is not None and (not commits or commits[0].parent != old):
        commits, dates = list(_commits(clone, None, new)), {}
    for date, diff in _diffs(clone, commits):
        _follow(dates, date, diff)
    return dates


@dataclass(frozen=True, slots=True)
class _Commit:
    name: str
    parent: str | None
    date: dt.date | None


def _commits(clone: Path, old: str | None, new: str) -> Iterator[_Commit]:
    span = new if old is None else f"{old}..{new}"
    args = ("rev-list", "--first-parent", "--reverse", "--timestamp", "--parents", span)
    for line in git.call(*args, folder=clone).decode().splitlines():
        seconds, name, *parents = line.split()
        yield _Commit(name, parents[0] if parents else None, utc_date(int(seconds)))


def utc_date(seconds: int) -> dt.date | None:
    """Read a commit's date; `None` where it claims one that cannot be."""
    if seconds not in _PLAUSIBLE:
        return None
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).date()


def date_of(clone: Path, commit: str) -> dt.date | None:
    """Return the UTC date of a commit; `None` where it claims one that cannot be."""
    return utc_date(int(git.line("log", "-1", "--format=%ct", commit, folder=clone)))


def _diffs(clone: Path, commits: Iterable[_Commit]) -> Iterator[tuple[dt.date | None, TreeDiff]]:
    """Compare every commit with its first parent, oldest first, in one git process."""
    dates = {commit.name: commit.date for commit in commits}
    asked = "".join(f"{c.name} {c.parent or ''}".rstrip() + "\n" for c in commits)
    args = ("diff-tree", "--stdin", "--root", "--raw", "-z", "-r", "--no-renames")
    output = git.call(*args, folder=clone, stdin=asked.encode())
    name, chunk = None, bytearray()
    parts = iter(output.split(b"\0")[:-1])
    for part in parts:
        if part.startswith(b":"):
            chunk += part + b"\0" + next(parts) + b"\0"
            continue
        if name is not None:
            yield dates[name], pair_renames(parse_raw(bytes(chunk)))
        name, chunk = part.decode(), bytearray()
    if name is not None:
        yield dates[name], pair_renames(parse_raw(bytes(chunk)))


def _follow(dates: dict[str, Dates], date: dt.date | None, diff: TreeDiff) -> None:
    moved = {new.path: dates.get(old.path, Dates(date, date)) for old, new in diff.renamed}
    for gone in (*diff.removed, *(old for old, _ in diff.renamed)):
        dates.pop(gone.path, None)
    dates.update(moved)
    for entry in diff.added:
        dates[entry.path] = Dates(date, date)
    for old, new in diff.modified:
        if old.blob != new.blob:
            dates[new.path] = Dates(dates.get(new.path, Dates(date, date)).first_seen, date)
