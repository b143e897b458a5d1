"""Read trees and differences of trees from a bare clone, without touching one blob."""

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from flows.sandbox.limits import Bounds
from flows.upstream import git

EntryKind = Literal["file", "symlink", "submodule"]
_KINDS: dict[str, EntryKind] = {
    "100644": "file",
    "100755": "file",
    "100664": "file",
    "120000": "symlink",
    "160000": "submodule",
}
_MOST_PATHS = 1_000_000
_LONG_LINE = 300  # bytes; more than lines of a listing have on average
_UNSAFE_PART = re.compile(r"^\.{0,2}$|^\.git$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One path of an upstream tree.

    Attributes:
        path: The path, printable: bytes that are no text are written as `%XX`.
        blob: Object id (of a submodule entry: a commit).
        kind: What the entry is; symlinks and submodules are named, never followed.
        unsafe: Why the path must not be used as a file name, or `None`.
    """

    path: str
    blob: str
    kind: EntryKind = "file"
    unsafe: str | None = None


@dataclass(frozen=True, slots=True)
class TreeDiff:
    """What differs between two trees; a rename keeps the blob, so nothing has to be read."""

    added: tuple[Entry, ...] = ()
    removed: tuple[Entry, ...] = ()
    modified: tuple[tuple[Entry, Entry], ...] = ()
    renamed: tuple[tuple[Entry, Entry], ...] = ()


def printable(raw: bytes) -> str:
    r"""Write a path so that it can stand in a table: text, with odd bytes as `%XX`.

    >>> printable(b"images/a b.png"), printable(b"x\n\xff")
    ('images/a b.png', 'x%0A%FF')
    """
    text = raw.decode("utf-8", "surrogateescape")
    return "".join(c if c.isprintable() else _percent(c) for c in text)


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in os.fsencode(character))


def unsafe(raw: bytes) -> str | None:
    """Return why a path is not safe to use as a file name, or `None`."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return "the path is not UTF-8"
    if not text.isprintable():
        return "the path has control or invisible characters"
    if text.startswith("/") or "\\" in text or any(map(_UNSAFE_PART.match, text.split("/"))):
        return "the path leads out of its folder"
    if unicodedata.normalize("NFC", text) != text:
        return "the path is not in Unicode normal form"
    return None


def entry(mode: str, blob: str, raw: bytes) -> Entry:
    """Make an entry from what git prints."""
    return Entry(printable(raw), blob, _KINDS.get(mode, "file"), unsafe(raw))


def entries(clone: Path, commit: str, *, most: int = _MOST_PATHS) -> Iterator[Entry]:
    """List every path of a commit's tree.

    Raises:
        git.UnacceptableError: When there are more than `most`: a dozen objects can spell out a
            tree of 10^10 paths.
    """
    bounds = Bounds(output_bytes=most * _LONG_LINE)
    output = git.call("ls-tree", "-r", "-z", "--full-tree", commit, folder=clone, bounds=bounds)
    if output.count(b"\0") > most:
        raise git.UnacceptableError(["ls-tree"], f"fatal: its tree has more than {most:,} paths")
    for item in _split(output):
        meta, _, raw = item.partition(b"\t")
        mode, _, blob = meta.decode().split()
        yield entry(mode, blob, raw)


@dataclass(slots=True)
class RawDiff:
    """A difference before renames are recognised."""

    added: list[Entry] = field(default_factory=list)
    removed: list[Entry] = field(default_factory=list)
    modified: list[tuple[Entry, Entry]] = field(default_factory=list)


def parse_raw(output: bytes) -> RawDiff:
    """Read the output of `git diff-tree --raw -z`."""
    diff = RawDiff()
    parts = iter(_split(output))
    for meta in parts:
        old_mode, new_mode, old, new, status = meta.decode().lstrip(":").split()
        raw = next(parts)
        if status == "A":
            diff.added.append(entry(new_mode, new, raw))
        elif status == "D":
            diff.removed.append(entry(old_mode, old, raw))
        else:
            diff.modified.append((entry(old_mode, old, raw), entry(new_mode, new, raw)))
    return diff


def pair_renames(diff: RawDiff) -> TreeDiff:
    """Recognise renames: the same blob gone from one path and come to another.

    Where one blob left or reached several paths, equal base names are paired first, then in
    order of path.
    """
    gone: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(diff.removed):
        gone[entry.blob].append(entry)
    renamed: list[tuple[Entry, Entry]] = []
    for same_name in (True, False):
        paired = {new for _, new in renamed}
        for new in sorted(set(diff.added) - paired):
            old = _partner(gone[new.blob], new, same_name=same_name)
            if old:
                gone[new.blob].remove(old)
                renamed.append((old, new))
    olds, news = {old for old, _ in renamed}, {new for _, new in renamed}
    return TreeDiff(
        added=tuple(sorted(set(diff.added) - news)),
        removed=tuple(sorted(set(diff.removed) - olds)),
        modified=tuple(sorted(diff.modified)),
        renamed=tuple(sorted(renamed)),
    )


def _partner(candidates: Iterable[Entry], new: Entry, *, same_name: bool) -> Entry | None:
    for old in candidates:
        if old.kind == new.kind and (not same_name or _base(old.path) == _base(new.path)):
            return old
    return None


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _split(output: bytes) -> list[bytes]:
    return output.split(b"\0")[:-1]
