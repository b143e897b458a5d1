"""Manifests of many rows: a folder of Parquet shards, and the index that names them.

Rows are sorted by path and cut behind the paths whose own digest says so (content-defined
chunking), so a row stays in its shard when others come and go, and the shards follow from the rows
alone. The index is a small CSV that git shows line by line; it holds the digests of all shards.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from covid19_images.manifest import parquet
from covid19_images.manifest.dataclass_csv import Table
from covid19_images.manifest.identifiers import is_path
from covid19_images.manifest.record import Record
from covid19_images.manifest.table import ManifestError

INDEX = "shards.csv"
SUFFIX = ".parquet"
CSV_ROWS = 100_000
SHARD_ROWS = 8_192
_NAME_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many rows a file of the manifest has.

    Attributes:
        csv_rows: A source with more is written as shards; one with less than half, as CSV again.
        shard_rows: What a shard has on average, a quarter at least and four times as many at most.
    """

    csv_rows: int = CSV_ROWS
    shard_rows: int = SHARD_ROWS

    def in_shards(self, rows: int, *, before: bool) -> bool:
        """Return whether a source is written as shards.

        Args:
            rows: How many it has.
            before: Whether it is in shards already.
        """
        return rows > self.csv_rows or (before and rows * 2 >= self.csv_rows)


USUAL = Sizes()


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard: a line of the index, in the order of the rows.

    Attributes:
        name: Its file, without `.parquet`: of the digest of its last path.
        rows: How many it has.
        first: The path of the first.
        last: The path of the last.
        rows_sha256: Digest of its rows as CSV, which no version of a library changes.
        file_sha256: Digest of the file.
    """

    name: str
    rows: int
    first: str
    last: str
    rows_sha256: str
    file_sha256: str

    @property
    def file(self) -> str:
        """Return the name of its file."""
        return f"{self.name}{SUFFIX}"


def _odd(found: Mapping[str, Any]) -> Iterator[str]:
    if found["name"] != name_of(found["last"]):
        yield "name"
    yield from (field for field in ("first", "last") if not is_path(found[field]))
    for field in ("rows_sha256", "file_sha256"):
        if len(found[field]) != 64 or not set(found[field]) <= set("0123456789abcdef"):
            yield field


_TABLE = Table(Shard, INDEX, error=ManifestError, odd=_odd)
dumps, loads = _TABLE.dumps, _TABLE.loads


def name_of(last: str) -> str:
    """Return the name of the shard that ends with a path."""
    return _digest(last).hex()[:_NAME_DIGITS]


def _digest(path: str) -> bytes:
    return hashlib.sha256(path.encode()).digest()


def cut(rows: Iterable[Record], shard_rows: int) -> Iterator[list[Record]]:
    """Yield the rows of each shard.

    Args:
        rows: The rows of one source, sorted by path.
        shard_rows: How many a shard has on average.
    """
    part: list[Record] = []
    for row in rows:
        part.append(row)
        is_end = int.from_bytes(_digest(row.path)[-8:]) % shard_rows == 0
        if len(part) >= 4 * shard_rows or (is_end and len(part) * 4 >= shard_rows):
            yield part
            part = []
    if part:
        yield part


def written(
    rows: Iterable[Record],
    before: Sequence[Shard],
    shard_rows: int,
    *,
    rows_before: Sequence[Record] = (),
) -> tuple[list[Shard], dict[str, bytes]]:
    """Return the index of a source, and the contents of those shards that are not there yet.

    Args:
        rows: All rows of the source.
        before: The shards that are there.
        shard_rows: How many a shard has on average.
        rows_before: The rows of these shards, in their order, where they are known: equal ones cost
            nothing.

    Raises:
        ManifestError: pyarrow is not installed.
    """
    there = {shard.name: shard for shard in before}
    equal = _by_shard(before, rows_before)
    index: list[Shard] = []
    files: dict[str, bytes] = {}
    for part in cut(sorted(rows, key=lambda row: row.path), shard_rows):
        known = there.get(name_of(part[-1].path))
        if known and equal.get(known.name) == part:
            index.append(known)
            continue
        digest = parquet.rows_sha256(part)
        if known and known.rows_sha256 == digest:
            index.append(known)
            continue
        shard, content = _shard(part, digest)
        files[shard.file] = content
        index.append(shard)
    return index, files


def _by_shard(index: Sequence[Shard], rows: Sequence[Record]) -> dict[str, list[Record]]:
    ends = accumulate(shard.rows for shard in index)
    return {
        shard.name: list(rows[end - shard.rows : end])
        for shard, end in zip(index, ends, strict=True)
    }


def _shard(part: Sequence[Record], digest: str) -> tuple[Shard, bytes]:
    content = parquet.dumps(part)
    first, last = part[0].path, part[-1].path
    file_sha256 = hashlib.sha256(content).hexdigest()
    return Shard(name_of(last), len(part), first, last, digest, file_sha256), content


def read(
    index: Iterable[Shard], content: Callable[[str], bytes | None], *, folder: str
) -> list[Record]:
    """Read all rows of a source.

    Args:
        index: Its shards.
        content: Reads a file of the source's folder by its name; `None` where there is none.
        folder: How errors call that folder.

    Raises:
        ManifestError: A shard is missing, is not the one that the index names, or holds what a
            manifest must not.
    """
    rows: list[Record] = []
    for shard in index:
        rows += read_one(shard, content(shard.file), name=f"{folder}/{shard.file}")
    for one, other in pairwise(rows):
        if one.path >= other.path:
            raise ManifestError(f"{folder}/{INDEX}: {other.path!r} stands twice or out of order.")
    return rows


def read_one(shard: Shard, content: bytes | None, *, name: str) -> list[Record]:
    """Read the rows of one shard.

    Args:
        shard: Its line in the index.
        content: The file; `None` where there is none.
        name: How errors call it.

    Raises:
        ManifestError: It is missing, is not the one that the index names, or holds what a manifest
            must not.
    """
    if content is None:
        raise ManifestError(f"{name}: the index names it, and it is not there.")
    if hashlib.sha256(content).hexdigest() != shard.file_sha256:
        raise ManifestError(f"{name}: not the file of this digest that the index names.")
    rows = parquet.loads(content, name=name)
    if [len(rows), *(row.path for row in (rows[:1] + rows[-1:]))] != [
        shard.rows,
        shard.first,
        shard.last,
    ]:
        raise ManifestError(f"{name}: holds other rows than the index says.")
    return rows
