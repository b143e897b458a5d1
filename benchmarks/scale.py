"""Time what a night does to records alone, for synthetic collections of many sizes.

python -m benchmarks.scale                      10,000, 100,000 and 1,000,000 records
python -m benchmarks.scale --records 100000     one size

Records and hashes, no pixels; each size in a process of its own, so that its memory is its own.
CPU seconds of one core, so that other work on the machine does not show.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer

from benchmarks.scale_collection import record
from benchmarks.scale_nights import NEW, nights, timed
from covid19_images.duplicates import clusters, hamming
from covid19_images.duplicates.clusters import Link
from covid19_images.duplicates.transforms import HASH_RADIUS_BITS
from covid19_images.manifest import shards, splits, table
from covid19_images.manifest.record import Record
from covid19_images.manifest.shards import SHARD_ROWS
from flows.collection import cells

SIZES = (10_000, 100_000, 1_000_000)


def measure(count: int) -> None:
    """Print what each step costs for so many records."""
    print(f"{count:,} records")
    _search(count)
    rows = [record(f"set{at}", number) for at in range(10) for number in range(count // 10)]
    split = timed("place all in splits, the first time", lambda: splits.assign(rows, ()))
    timed("place them again", lambda: splits.assign(split.records, split.ledger))
    rows = list(split.records)
    by_source = dict(_by_source(rows))
    texts = timed("write manifests", lambda: {n: table.dumps(r) for n, r in by_source.items()})
    size = sum(map(len, texts.values()))
    print(f"  {'manifests, bytes a row':<46}{size / count:>10.0f} B {size / 2**20:>9,.0f} MB")
    timed("read manifests", lambda: [table.loads(text) for text in texts.values()])
    _shards(by_source)
    timed("compare rows before and after", lambda: table.diff(rows, rows))
    timed("validate", lambda: table.validate(rows))
    links = [Link(rows[i].key, rows[i + 1].key, "resized") for i in range(0, count - 1, 10)]
    keyed = {row.key: row for row in rows}
    timed("which copy is kept (a tenth are copies)", lambda: clusters.copies(links, keyed, {}))
    timed("leak-safe groups", lambda: clusters.groups(rows, links))
    with TemporaryDirectory() as scratch:
        nights(Path(scratch), by_source, split.ledger)


def _shards(by_source: Mapping[str, Sequence[Record]]) -> None:
    """Time the same manifests as Parquet shards; to open one is to check its digest and columns."""
    every = [sorted(rows, key=lambda row: row.path) for rows in by_source.values()]
    written = timed(
        "write manifests as shards",
        lambda: [shards.written(rows, (), SHARD_ROWS) for rows in every],
    )
    files = {name: content for _, some in written for name, content in some.items()}
    size = sum(map(len, files.values()))
    rows = sum(map(len, every))
    what = f"{len(files)} shards, bytes a row"
    print(f"  {what:<46}{size / rows:>10.0f} B {size / 2**20:>9,.0f} MB")
    timed("read shards", lambda: [shards.read(one, files.get, folder="x") for one, _ in written])
    timed("read columns of shards", lambda: [cells.of_shards(one, files.get) for one, _ in written])
    again = [(rows, index) for rows, (index, _) in zip(every, written, strict=True)]
    timed(
        "write shards again, none changed",
        lambda: [shards.written(rows, i, SHARD_ROWS, rows_before=rows) for rows, i in again],
    )


def _by_source(rows: Iterable[Record]) -> Iterator[tuple[str, list[Record]]]:
    for name, some in groupby(rows, key=lambda row: row.source):
        yield name, list(some)


def _search(count: int) -> None:
    random = np.random.default_rng(0)
    held = random.integers(0, 2**63, (count, 4), np.uint64)
    new = random.integers(0, 2**63, (NEW, 4), np.uint64)
    timed(f"hashes: {NEW} new x held, 16 ways", lambda: hamming.within(new, held, HASH_RADIUS_BITS))


def main(
    records: Annotated[int | None, typer.Option(help="One size only, in this process.")] = None,
) -> None:
    """Print CPU seconds and memory of each step, for each size."""
    if records is not None:
        measure(records)
        return
    for size in SIZES:
        command = [sys.executable, "-m", "benchmarks.scale", "--records", str(size)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    typer.run(main)
