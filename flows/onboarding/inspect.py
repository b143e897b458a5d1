"""Look at a repository: its files and its tables, in a clone that holds nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from covid19_images.images.decode import Limits
from flows.decoding.decode import decode
from flows.labels import table
from flows.labels.damage import UnreadableTableError
from flows.labels.table import TableText
from flows.onboarding.names import ending
from flows.onboarding.sight import Sight, sample, sight
from flows.onboarding.sort import TABLES
from flows.upstream import blobs, git, tree
from flows.upstream.clone import Clone
from flows.upstream.observe import Tip, observe, one_line
from flows.upstream.outcome import Failure, Unreachable

_MOST_TABLES = 20
_MOST_BYTES = 16 * 2**20
_MOST_PIXELS = 64 * 10**6
_TEXTS = frozenset(
    [
        ".cfg",
        ".h5",
        ".hdf5",
        ".ini",
        ".ipynb",
        ".json",
        ".m",
        ".md",
        ".pt",
        ".pth",
        ".py",
        ".sh",
        ".toml",
        ".txt",
        ".yml",
    ]
)


@dataclass(frozen=True, slots=True)
class Looked:
    """What a repository holds.

    Attributes:
        tip: Where its branch is.
        paths: Its plain files.
        tables: Its tables, by path.
        sights: What a few of its files turned out to be, by path.
    """

    tip: Tip
    paths: tuple[str, ...]
    tables: dict[str, TableText]
    sights: Mapping[str, Sight] = field(default_factory=dict)


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
        sights = _sights(clone, {one.path: one.blob for one in entries if one.path not in wanted})
    except git.GitError as error:
        return Unreachable(one_line(error.stderr))
    found = {path: contents[blob] for path, blob in first.items()}
    read = {path: _read(path, data) for path, data in found.items() if isinstance(data, bytes)}
    return Looked(
        tip=tip,
        paths=tuple(one.path for one in entries),
        tables={path: text for path, text in read.items() if text is not None},
        sights=sights,
    )


def _sights(clone: Clone, blobs_of: Mapping[str, str]) -> dict[str, Sight]:
    """Decode a few files of every folder."""
    chosen: Sequence[str] = [path for path in sample(blobs_of) if ending(path) not in _TEXTS]
    unfetched = clone.fetch_blobs([blobs_of[path] for path in chosen])
    here = [blobs_of[path] for path in chosen if blobs_of[path] not in unfetched]
    limits = Limits(max_bytes=_MOST_BYTES, max_pixels=_MOST_PIXELS)
    decoded = decode(clone.folder, here, limits=limits, keep=lambda _: None)
    found = {path: decoded[blobs_of[path]].result for path in chosen if blobs_of[path] in decoded}
    seen = {path: sight(result) for path, result in found.items()}
    return {path: one for path, one in seen.items() if one is not None}


def _read(path: str, content: bytes) -> TableText | None:
    try:
        return table.read(path, content)
    except UnreadableTableError:
        return None
