"""Look at a repository: its files and its tables, in a clone that holds nothing else."""

from dataclasses import dataclass
from pathlib import Path

from flows.labels import table
from flows.labels.damage import UnreadableTableError
from flows.labels.table import TableText
from flows.onboarding.guess import TABLES, ending
from flows.upstream import blobs, git, tree
from flows.upstream.clone import Clone
from flows.upstream.observe import Tip, observe, one_line
from flows.upstream.outcome import Failure, Unreachable

_MOST_TABLES = 20
_MOST_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Looked:
    """What a repository holds.

    Attributes:
        tip: Where its branch is.
        paths: Its plain files.
        tables: Its tables, by path.
    """

    tip: Tip
    paths: tuple[str, ...]
    tables: dict[str, TableText]


def look(
    url: str, folder: Path, protocols: tuple[str, ...], hosts: tuple[str, ...] = ()
) -> Looked | Failure:
    """Inspect a repository.

    Args:
        url: Where it is.
        folder: Where the clone is made.
        protocols: Transports that may be used.
        hosts: Hosts that may be asked.
    """
    tip = observe(url, None, protocols=protocols, hosts=hosts)
    if not isinstance(tip, Tip):
        return tip
    clone = Clone(folder, url, protocols, hosts=hosts)
    try:
        clone.fetch(tip)
        entries = [
            one for one in tree.entries(folder, tip.commit) if one.kind == "file" and not one.unsafe
        ]
        wanted = {one.path: one.blob for one in entries if ending(one.path) in TABLES}
        first = dict(sorted(wanted.items())[:_MOST_TABLES])
        clone.fetch_blobs(list(first.values()))
        contents = dict(blobs.read(folder, list(first.values()), max_bytes=_MOST_BYTES))
    except git.GitError as error:
        return Unreachable(one_line(error.stderr))
    found = {path: contents[blob] for path, blob in first.items()}
    read = {path: _read(path, data) for path, data in found.items() if isinstance(data, bytes)}
    return Looked(
        tip=tip,
        paths=tuple(one.path for one in entries),
        tables={path: text for path, text in read.items() if text is not None},
    )


def _read(path: str, content: bytes) -> TableText | None:
    try:
        return table.read(path, content)
    except UnreadableTableError:
        return None
