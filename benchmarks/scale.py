"""Time what a night does to records alone, for synthetic collections of many sizes.

python -m benchmarks.scale                      10,000, 100,000 and 1,000,000 records
python -m benchmarks.scale --records 100000     one size

Records and hashes, no pixels; each size in a process of its own, so that its memory is its own.
CPU seconds of one core, so that other work on the machine does not show.
"""

import datetime as dt
import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Annotated, TypeVar
from unittest import mock

import numpy as np
import typer

from benchmarks.scale_collection import checkout
from covid19_images.duplicates import clusters, hamming
from covid19_images.duplicates.clusters import Link
from covid19_images.duplicates.transforms import HASH_RADIUS_BITS
from covid19_images.manifest import shards, splits, table
from covid19_images.manifest.record import Record
from covid19_images.manifest.shards import SHARD_ROWS
from covid19_images.manifest.splits import Placed
from flows.collection import cells
from flows.collection.checkout import Checkout
from flows.collection.consistency import check_rows
from flows.collection.questions import Together
from flows.config import load
from flows.forge.folder import FolderForge
from flows.labels.rows import Description
from flows.night import listing, worked_out
from flows.night.compare.search import Search
from flows.night.compare.stage import compare
from flows.night.context import RunContext
from flows.night.listing import Scan
from flows.night.plan.stage import describe_changes
from flows.night.read import results_of_base
from flows.night.run import open_run, run
from flows.night.source_run import SourceRun
from flows.night.worked_out import WorkedOut
from flows.proposal import plan as proposals
from flows.proposal.disagreements import conflicts_after
from flows.upstream.observe import Tip
from flows.upstream.outcome import Advanced
from flows.upstream.tree import Entry

T = TypeVar("T")
SIZES = (10_000, 100_000, 1_000_000)
NEW = 100
_DAY = dt.date(2026, 11, 1)


def record(source: str, number: int) -> Record:
    """Make up a row as full as those of real sources are."""
    words = f"{source} {number}".encode()
    digest, pixels = hashlib.sha256(words).hexdigest(), hashlib.sha3_256(words).hexdigest()
    phash = hashlib.blake2s(words).hexdigest()
    blob = hashlib.sha1(words, usedforsecurity=False).hexdigest()
    return Record(
        source=source,
        path=f"images/{number // 1000:04}/{digest[:16]}.jpeg",
        blob=blob,
        image_id=f"c19-{pixels[:16]}",
        sha256=digest,
        pixels_sha256=pixels,
        media_type="image/jpeg",
        bytes=150_000 + number,
        width=1024,
        height=1024,
        frames=1,
        bit_depth=8,
        phash=phash,
        modality="XR",
        view="PA",
        finding=("COVID-19",),
        finding_raw="Pneumonia/Viral/COVID-19",
        label_basis="dataset",
        patient_id=f"{source}:{digest[:8]}",
        sex="F",
        age_min=55,
        age_max=55,
        country="IT",
        licence="CC-BY-4.0",
        licence_basis="dataset",
        group=f"c19-{pixels[:16]}",
        first_seen=_DAY,
        last_changed=_DAY,
    )


def timed(what: str, act: Callable[[], T]) -> T:
    """Run something, and print the CPU seconds it took and the most memory used so far."""
    began = time.process_time()
    result = act()
    seconds = time.process_time() - began
    peak = _peak_bytes() / 2**20
    print(f"  {what:<46}{seconds:>10.2f} s {peak:>9,.0f} MB", flush=True)
    return result


def _peak_bytes() -> int:
    """Return the most memory of this process; what it inherits of its parent does not count."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    [kb] = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kb) * 1024


def measure(count: int) -> None:
    """Print what each step costs for so many records."""
    print(f"{count:,} records")
    _search(count)
    by_source = {
        f"set{at}": tuple(record(f"set{at}", number) for number in range(count // 10))
        for at in range(10)
    }
    rows = [row for some in by_source.values() for row in some]
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
    _nights(texts, split.ledger)


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


def _nights(texts: Mapping[str, str], ledger: Sequence[Placed]) -> None:
    """Time nights over a collection, each in a process of its own: its memory is its own."""
    with tempfile.TemporaryDirectory() as scratch:
        checkout(Path(scratch), texts, splits.dumps(ledger))
        for night in Night:
            command = [sys.executable, "-m", "benchmarks.scale", "--night", night, "--of", scratch]
            subprocess.run(command, check=True)


class Night(StrEnum):
    """What a night is timed for."""

    FIRST = "first"
    QUIET = "quiet"
    NEW = "new"


def _night(kind: Night, folder: Path) -> None:
    home, cache = folder / "collection", folder / "cache"
    given, checkout, began = load.load(home / "config"), Checkout(home), time.perf_counter()
    opened, base = timed(f"{kind} night: open", lambda: open_run(checkout, given, cache))
    if kind == Night.NEW:
        _night_of_new(opened)
        return
    forge = FolderForge(checkout, folder / "pages", "sync/datasets", base="main", push=False)
    now = dt.datetime.now(dt.UTC)
    report = timed(f"{kind} night: the rest", lambda: run(opened, base, forge, now))
    assert report.proposal is None, report.headline
    print(f"  {f'{kind} night, on the clock':<46}{time.perf_counter() - began:>10.2f} s")
    if kind == Night.FIRST:
        _remember(opened)


def _remember(night: RunContext) -> None:
    """Remember that a night left the collection as it is."""
    images = {name: len(rows) for name, rows in night.written.records.items()}
    found = WorkedOut(is_whole=True, images=images)
    worked_out.keep(night.cache, night.written.files, night.config, found)


def _night_of_new(night: RunContext) -> None:
    """Time a night in which one source has so many new pictures, from its tree to the proposal.

    What looks for copies in pixels is left out: `benchmarks.search` times that.
    """
    source, first = night.config.source("set0"), time.process_time()
    old = night.base.described["set0"].commit
    fresh = [replace(record("set0", -at), group=None) for at in range(1, NEW + 1)]
    known = night.records(source)
    files = [Entry(row.path, row.blob) for row in (*known, *fresh)]
    blobs = {row.blob for row in fresh}
    diff = timed("new pictures: rows against the tree", lambda: listing.compare(known, files))
    timed("new pictures: what is decoded already", lambda: results_of_base(night.base, blobs))
    described = [*map(_as_described, known), *fresh]
    tip = Tip("f" * 40, "main")
    seen = Scan(tuple(files), diff, {}, _DAY, (), {}, ())
    moved = SourceRun(source, Advanced(old, tip.commit), tip, seen, {}, Description(described))
    with mock.patch.object(Search, "found", return_value=((), ())):
        after = timed("new pictures: compare", lambda: compare(night, [moved], _DAY))
        timed("new pictures: check the rows", lambda: check_rows(night.base.records, after.records))
        changes = timed("new pictures: changes", lambda: describe_changes(night, [moved], after))
        rows = Together(after.records)
        timed(
            "new pictures: conflicts",
            lambda: conflicts_after(
                (), rows, after.pairs, night.config.sources, touched=after.touched
            ),
        )
        timed(
            "new pictures: the proposal",
            lambda: proposals.plan(night.base, after, night.config.sources, changes, _DAY),
        )
    print(f"  {f'night of {NEW} new, all of that':<46}{time.process_time() - first:>10.2f} s")


def _as_described(row: Record) -> Record:
    """Return a row as it is before it is compared with others."""
    return replace(row, group=None, split=None, split_reason=None)


def main(
    records: Annotated[int | None, typer.Option(help="One size only, in this process.")] = None,
    night: Annotated[Night | None, typer.Option(help="One night only, in this process.")] = None,
    of: Annotated[Path | None, typer.Option(help="The collection of that night.")] = None,
) -> None:
    """Print CPU seconds and memory of each step, for each size."""
    if night is not None and of is not None:
        _night(night, of)
        return
    if records is not None:
        measure(records)
        return
    for size in SIZES:
        command = [sys.executable, "-m", "benchmarks.scale", "--records", str(size)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    typer.run(main)
