"""Compare the manifests of two commits; only the files that differ are read."""

from collections.abc import Collection, Iterator

from git.objects import Blob, Tree

from covid19_images.manifest import parquet, shards, table
from covid19_images.manifest.record import Record
from covid19_images.manifest.table import Change, ManifestError
from flows.collection import committed, manifest_files


def between(before: Tree, after: Tree) -> list[Change]:
    """List the rows that were added, removed or changed, sorted by key.

    Rows that only moved to another file, from a CSV to a shard for example, did not change.

    Args:
        before: The tree of a commit.
        after: That of another.

    Raises:
        ValueError: A file that differs is not what we write.
    """
    old, new = _files(before), _files(after)
    both = old.keys() & new.keys()
    return table.diff(*(list(_rows(files, both)) for files in (old, new)))


def _files(tree: Tree) -> dict[tuple[str, str], Blob]:
    """Return the files that hold rows, by source and blob id."""
    found = committed.folder(tree, manifest_files.FOLDER)
    paths = [str(item.path) for item in (*found.blobs, *found.trees)] if found else []
    index = (f"{path}/{shards.INDEX}" for path in paths)
    sources = {manifest_files.source_of(path) for path in (*paths, *index)}
    return {
        (name, blob.hexsha): blob
        for name in sorted(filter(None, sources))
        for blob in _of_source(tree, name)
    }


def _of_source(tree: Tree, name: str) -> list[Blob]:
    """List the files that hold the rows of a source, which nobody would read otherwise.

    Raises:
        ManifestError: It has a CSV and shards, or a shard is not there.
    """
    found = manifest_files.row_files(tree, name)
    index = shards.loads(committed.text(tree, manifest_files.index_path(name)) or shards.dumps([]))
    there = {str(blob.path) for blob in found}
    if index and any(str(blob.path) == manifest_files.csv_path(name) for blob in found):
        raise ManifestError(f"{name} has a CSV and shards; one of them belongs to no source.")
    paths = (manifest_files.shard_path(name, shard.file) for shard in index)
    if missing := [path for path in paths if path not in there]:
        raise ManifestError(f"{missing[0]}: the index names it, and it is not there.")
    return found


def _rows(files: dict[tuple[str, str], Blob], but: Collection[tuple[str, str]]) -> Iterator[Record]:
    for key, blob in files.items():
        if key not in but:
            yield from rows_of(str(blob.path), bytes(blob.data_stream.read()))


def rows_of(path: str, content: bytes) -> list[Record]:
    """Read one file that holds rows.

    Args:
        path: Its path, which says what it is.
        content: The file.

    Raises:
        ValueError: It is not what we write.
    """
    if path.endswith(shards.SUFFIX):
        return parquet.loads(content, name=path)
    return table.loads(committed.decoded(content, path), name=path) if content else []
