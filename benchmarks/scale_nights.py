"""Time nights of collections of many rows: in one CSV a source, and as Parquet shards.

python -m benchmarks.scale_nights --records 1000000              both forms, each night
python -m benchmarks.scale_nights --records 100000 --keep FOLDER the collections stay there
python -m benchmarks.scale_nights --night new --of FOLDER/shards one night of one of them

Each night in a process of its own, so that its memory is its own; CPU seconds of one core. What
looks for copies in pixels is left out: `benchmarks.search` times that.
"""

import datetime as dt
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, TypeVar
from unittest import mock

import typer

from benchmarks.scale_collection import DAY, Form, checkout, made_up, record
from covid19_images.manifest.record import Record
from covid19_images.manifest.splits import Placed
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
from flows.night.plan.source_changes import describe_changes
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
NEW = 100


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


def nights(folder: Path, records: Mapping[str, Sequence[Record]], ledger: Sequence[Placed]) -> None:
    """Time nights over one collection in both forms, each in a process of its own."""
    for form in Form:
        checkout(folder / form, records, ledger, form)
    for form in Form:
        print(f"  {form}:", flush=True)
        for night in Night:
            command = [sys.executable, "-m", "benchmarks.scale_nights", "--night", night]
            subprocess.run([*command, "--of", str(folder / form)], check=True)


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
        print(f"  {'that, on the clock':<46}{time.perf_counter() - began:>10.2f} s", flush=True)
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
    known = timed("new pictures: read its rows", lambda: tuple(night.records(source)))
    files = [Entry(row.path, row.blob) for row in (*known, *fresh)]
    blobs = {row.blob for row in fresh}
    diff = timed("new pictures: rows against the tree", lambda: listing.compare(known, files))
    timed("new pictures: what is decoded already", lambda: results_of_base(night.base, blobs))
    described = [*map(_as_described, known), *fresh]
    tip = Tip("f" * 40, "main")
    seen = Scan(tuple(files), diff, {}, DAY, (), {}, ())
    moved = SourceRun(source, Advanced(old, tip.commit), tip, seen, {}, Description(described))
    with mock.patch.object(Search, "found", return_value=((), ())):
        after = timed("new pictures: compare", lambda: compare(night, [moved], DAY))
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
            lambda: proposals.plan(
                night.base,
                after,
                night.config.sources,
                changes,
                DAY,
                sizes=night.config.policy.manifest.sizes,
            ),
        )
    print(f"  {f'night of {NEW} new, all of that':<46}{time.process_time() - first:>10.2f} s")


def _as_described(row: Record) -> Record:
    """Return a row as it is before it is compared with others."""
    return replace(row, group=None, split=None, split_reason=None)


def main(
    records: Annotated[int, typer.Option(help="How many.")] = 100_000,
    keep: Annotated[Path | None, typer.Option(help="Folder for the collections.")] = None,
    night: Annotated[Night | None, typer.Option(help="One night only, in this process.")] = None,
    of: Annotated[Path | None, typer.Option(help="The collection of that night.")] = None,
) -> None:
    """Print CPU seconds and memory of each step of each night."""
    if night is not None and of is not None:
        _night(night, of)
        return
    print(f"{records:,} records")
    made = made_up(records)
    with TemporaryDirectory() as scratch:
        nights(keep or Path(scratch), *made)


if __name__ == "__main__":
    typer.run(main)
