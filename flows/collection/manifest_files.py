"""The files of the manifest: a CSV for each source, or a folder of shards where it has many rows.

Which of them a source has follows from how many rows it has (`covid19_images.manifest.shards`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath

from git.objects import Blob, Tree

from covid19_images.manifest import shards, table
from covid19_images.manifest.record import Record
from covid19_images.manifest.shards import Shard, Sizes
from covid19_images.manifest.table import ManifestError
from flows.collection import cells, committed
from flows.collection.manifest import Manifest

FOLDER = "datasets/manifest"


@dataclass(frozen=True, slots=True)
class Manifests:
    """The rows of each source, and the shards of those that have them."""

    records: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    shards: Mapping[str, tuple[Shard, ...]] = field(default_factory=dict)


def csv_path(source: str) -> str:
    """Return the file of a source that is no shards."""
    return f"{FOLDER}/{source}.csv"


def shard_path(source: str, file: str) -> str:
    """Return the path of a shard, or of the index."""
    return f"{FOLDER}/{source}/{file}"


def index_path(source: str) -> str:
    """Return the path of the index of a source's shards."""
    return shard_path(source, shards.INDEX)


def source_of(path: str) -> str | None:
    """Return whose rows, or whose index, a file holds; `None` for a file that is none of these.

    >>> [source_of(f"datasets/manifest/{name}") for name in ("a.csv", "b/shards.csv", "README.md")]
    ['a', 'b', None]
    """
    file = PurePosixPath(path)
    if str(file.parent) == FOLDER:
        return file.stem if file.suffix == ".csv" else None
    if str(file.parent.parent) != FOLDER:
        return None
    is_ours = file.name == shards.INDEX or file.suffix == shards.SUFFIX
    return file.parent.name if is_ours else None


def is_of_shards(path: str) -> bool:
    """Return whether a file is a shard or an index of shards.

    >>> is_of_shards("datasets/manifest/a.csv"), is_of_shards("datasets/manifest/b/shards.csv")
    (False, True)
    """
    return source_of(path) is not None and str(PurePosixPath(path).parent) != FOLDER


def read(tree: Tree, *, on_demand: bool = False) -> Manifests:
    """Read the rows of all sources.

    Args:
        tree: The tree of a commit.
        on_demand: Whether rows are read when they are asked for only.

    Raises:
        ValueError: A file is not what we write, or a source has both a CSV and shards.
    """
    indices = _indices(tree)
    records = {
        name: _of_csv(blob, name, on_demand=on_demand)
        for blob in committed.files(tree, FOLDER)
        if (name := source_of(str(blob.path))) and blob.size
    }
    if both := sorted(records.keys() & indices.keys()):
        raise ManifestError(f"{FOLDER}/{both[0]} has shards, and there is {csv_path(both[0])}.")
    for name, index in indices.items():
        load = partial(rows_of_shards, tree, name, index)
        records[name] = _unread(tree, name, index, load) if on_demand else tuple(load())
    return Manifests(dict(sorted(records.items())), indices)


def _of_csv(blob: Blob, source: str, *, on_demand: bool) -> Sequence[Record]:
    name = csv_path(source)
    if on_demand:
        return Manifest.of_csv(name, lambda: bytes(blob.data_stream.read()))
    return tuple(table.loads(committed.decoded(blob.data_stream.read(), name), name=name))


def _unread(
    tree: Tree, source: str, index: Sequence[Shard], load: Callable[[], Sequence[Record]]
) -> Manifest:
    def content(file: str) -> bytes | None:
        return committed.content(tree, shard_path(source, file))

    return Manifest(f"{FOLDER}/{source}", load, lambda: cells.of_shards(index, content))


def _indices(tree: Tree) -> dict[str, tuple[Shard, ...]]:
    found = committed.folder(tree, FOLDER)
    names = sorted(sub.name for sub in found.trees) if found else []
    texts = {name: committed.text(tree, index_path(name)) for name in names}
    return {
        name: tuple(shards.loads(text, name=index_path(name)))
        for name, text in texts.items()
        if text
    }


def row_files(tree: Tree, source: str) -> list[Blob]:
    """List the files that hold the rows of a source, in the order of its shards.

    Args:
        tree: The tree of a commit.
        source: Its name.

    Raises:
        ValueError: An index is not what we write.
    """
    index = committed.text(tree, index_path(source))
    paths = [csv_path(source)]
    if index:
        paths += [shard_path(source, shard.file) for shard in shards.loads(index)]
    found = (committed.blob(tree, path) for path in paths)
    return [blob for blob in found if blob]


def rows_of_shards(tree: Tree, source: str, index: Sequence[Shard]) -> list[Record]:
    """Read the rows of a source that has shards.

    Args:
        tree: The tree of a commit.
        source: Its name.
        index: Its shards.

    Raises:
        ValueError: A shard is not what the index says, or not what we write.
    """

    def content(file: str) -> bytes | None:
        return committed.content(tree, shard_path(source, file))

    return shards.read(index, content, folder=f"{FOLDER}/{source}")


def differences(
    before: Manifests, records: Mapping[str, Sequence[Record]], sizes: Sizes
) -> dict[str, bytes | None]:
    """Return the files that differ from the base, by path; `None` deletes.

    Args:
        before: The base.
        records: The rows of each source now.
        sizes: How many rows a file has.
    """
    files: dict[str, bytes | None] = {}
    for name, rows in records.items():
        files |= rewritten(name, before, rows, sizes)
    for name in before.records.keys() - records.keys():
        files |= deleted(name, before)
    return files


def large(
    files: Iterable[str], records: Mapping[str, Sequence[Record]]
) -> dict[str, Sequence[Record] | None]:
    """Return the rows of the sources that have, or had, a shard among some files.

    Args:
        files: The files.
        records: The rows of each source now.
    """
    names = {source_of(path) for path in files if is_of_shards(path)}
    return {name: records.get(name) for name in sorted(filter(None, names))}


def rewritten(
    source: str,
    before: Manifests,
    rows: Sequence[Record],
    sizes: Sizes,
) -> dict[str, bytes | None]:
    """Return the files of a source that differ from the base, by path; `None` deletes.

    Args:
        source: Its name.
        before: The base.
        rows: Its rows now.
        sizes: How many rows a file has.
    """
    old, index = before.records.get(source), before.shards.get(source, ())
    if old is rows or (old is not None and tuple(old) == tuple(rows)):
        return {}  # also where a file of another form would be due: it waits for the next change
    if not sizes.in_shards(len(rows), before=bool(index)):
        there = old if not index else None
        return {**_as_csv(source, there, rows), **deleted(source, before, but_csv=True)}
    now, files = shards.written(rows, index, sizes.shard_rows, rows_before=old or ())
    kept = {shard.file for shard in now}
    found: dict[str, bytes | None] = {
        path: None
        for path in deleted(source, before)
        if PurePosixPath(path).name not in kept | {shards.INDEX}
    }
    found |= {shard_path(source, name): content for name, content in files.items()}
    if tuple(now) != index:
        found[index_path(source)] = shards.dumps(now).encode()
    return found


def _as_csv(
    source: str, old: Sequence[Record] | None, rows: Sequence[Record]
) -> dict[str, bytes | None]:
    if old is not None and _is_one_text(old, rows):
        return {}
    return {csv_path(source): table.dumps(rows).encode()}


def _is_one_text(old: Sequence[Record], rows: Sequence[Record]) -> bool:
    """Return whether rows are written alike, though they differ: beyond six decimals."""
    if len(old) != len(rows):
        return False
    both = zip(*(sorted(some, key=lambda row: row.path) for some in (old, rows)), strict=True)
    return all(was is row or table.cells(was) == table.cells(row) for was, row in both)


def deleted(source: str, before: Manifests, *, but_csv: bool = False) -> dict[str, None]:
    """Return the files that a source has, for all of them to be deleted.

    Args:
        source: Its name.
        before: The base.
        but_csv: Whether only shards are deleted.
    """
    index = before.shards.get(source, ())
    if not index:
        return {} if but_csv or source not in before.records else {csv_path(source): None}
    names = [shards.INDEX, *(shard.file for shard in index)]
    return dict.fromkeys(shard_path(source, name) for name in names)
