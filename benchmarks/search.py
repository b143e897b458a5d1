"""Time the search for copies: a first import by workers, a night after it, and one that is killed.

python -m benchmarks.search workers --pictures 100000 --meetings 6   some of the blocks that meet
python -m benchmarks.search workers --pictures 100000 --count 2      all of them
python -m benchmarks.search workers --pictures 1000000 --meetings 763 --count 2 --no-dask
                                                a tenth of a million; a line every half a minute
python -m benchmarks.search night --pictures 1000000                 100 new ones; memory too
python -m benchmarks.search night --pictures 1000000 --workers 2     … by workers, as a night has
python -m benchmarks.search kills --pictures 100000 --uniform        killed at ten random moments
python -m benchmarks.search quiet                                    all of it, half an hour at 10^5
"""

import hashlib
import multiprocessing
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated
from unittest.mock import patch

import numpy as np
import typer

from benchmarks.processor import cpu_s
from benchmarks.search_pictures import blob, covering
from flows.decoding.blocks import Stored
from flows.night.compare import meetings
from flows.night.compare.kept import Kept
from flows.night.compare.meetings import Meeting
from flows.sandbox.base import Compute
from flows.sandbox.clock import Pace

app = typer.Typer(add_completion=False)
NEW = 100
_SAY_EVERY_S = 30
Pictures = Annotated[int, typer.Option(help="How many.")]
Folder = Annotated[Path | None, typer.Option(help="Where blocks are kept; else nowhere.")]
Uniform = Annotated[bool, typer.Option("--uniform", help="Words as rare as they can be.")]


class _Measured(Pace):
    """What a part of the search takes, printed now and then: it may be stopped at any time."""

    def __init__(self, whole: int) -> None:
        """Start the clocks; `whole` is how many pairs of pictures all of the search has."""
        super().__init__("search", print)
        self.whole, self.meetings, self.pairs = whole, 0, 0
        self.clock, self.cpu = time.perf_counter(), cpu_s()
        self.printed = self.clock

    def add(self, part: int) -> None:
        """Count a meeting."""
        self.meetings += 1
        self.pairs += part
        if time.perf_counter() - self.printed > _SAY_EVERY_S:
            self.printed = time.perf_counter()
            print(f"    {self}", flush=True)

    def __str__(self) -> str:
        clock, cpu = time.perf_counter() - self.clock, cpu_s() - self.cpu
        times = self.whole / max(self.pairs, 1)
        return (
            f"{self.meetings:,} meetings, {self.pairs / self.whole:.2%} of all pairs: "
            f"{clock:,.1f} s, "
            f"{cpu:,.1f} s of CPU; all pairs {clock * times:,.0f} s, {cpu * times:,.0f} s of CPU"
        )


def _search(
    folder: Path, stored: Sequence[Stored], fresh: Sequence[str], way: Compute, pace: Pace
) -> str:
    kept = Kept(folder / "search")
    found = sorted(meetings.search(stored, fresh, way, kept, pace))
    digest = hashlib.sha256(repr(found).encode()).hexdigest()[:12]
    return f"{len(found):,} signs, sha256 {digest}"


def _pace() -> Pace:
    return Pace("search", lambda words: print(f"    {words}", flush=True))


def _some(stored: Sequence[Stored], fresh: Sequence[str], most: int) -> Iterator[Meeting]:
    """Yield so many of the meetings, each as far from the next."""
    every = list(meetings._meetings(stored, frozenset(fresh)))  # noqa: SLF001
    step = max(1, len(every) // most) if most else 1
    return iter(every[step - 1 :: step][: most or len(every)])


@app.command()
def workers(
    pictures: Pictures = 10_000,
    some: Annotated[int, typer.Option("--meetings", help="Pairs of blocks; 0: all.")] = 0,
    counts: Annotated[list[int], typer.Option("--count", help="Workers.")] = [1, 2, 4],  # noqa: B006
    dask: Annotated[bool, typer.Option(help="Two workers of Dask, too.")] = True,
    uniform: Uniform = False,
    folder: Folder = None,
) -> None:
    """Print how long a first import's search takes by 1, 2 and 4 workers, and on Dask."""
    with _place(folder) as place, TemporaryDirectory() as scratch:
        began = time.process_time()
        stored = covering(place, pictures, uniform=uniform)
        took_s = time.process_time() - began
        print(f"{pictures:,} pictures in {len(stored)} blocks: {took_s:.1f} s", flush=True)
        fresh = [blob for one in stored for blob in one.blobs]
        chosen = list(_some(stored, fresh, some))
        whole = sum(meeting.pairs for meeting in _some(stored, fresh, 0))
        print(f"{len(chosen)} meetings; load {os.getloadavg()[0]:.1f}", flush=True)
        ways = [Compute(workers=count) for count in counts]
        for way in (*ways, *[Compute(runner="dask", workers=2)] * dask):
            kept, pace = Path(scratch, f"{way.runner}{way.workers}"), _Measured(whole)
            words = "stopped"
            try:
                with patch.object(meetings, "_meetings", lambda *_: iter(chosen)):
                    words = _search(kept, stored, fresh, way, pace)
            finally:
                print(f"{way.runner:<10}{way.workers} workers: {pace}; {words}", flush=True)


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    """Yield the folder that is asked for, or one that is gone afterwards."""
    if folder:
        yield folder
    else:
        with TemporaryDirectory() as scratch:
            yield Path(scratch)


@app.command()
def night(
    pictures: Pictures = 10_000,
    by: Annotated[int, typer.Option("--workers", help="0: all in one process.")] = 0,
    uniform: Uniform = False,
    folder: Folder = None,
) -> None:
    """Print what a night of 100 new pictures costs when so many are held already."""
    with _place(folder) as place:
        _in_a_process(covering, place, pictures, uniform=uniform)
        size = sum(file.stat().st_size for file in place.rglob("*.npy"))
        print(f"{pictures:,} held: blocks of {size / 2**20:,.0f} MB", flush=True)
        for number in (NEW, 10):
            _in_a_process(_night, place, pictures, number, by, uniform=uniform)


def _night(folder: Path, pictures: int, new: int, by: int, *, uniform: bool) -> None:
    clock, cpu = time.perf_counter(), cpu_s()
    stored = covering(folder, pictures + new, uniform=uniform)
    opened = time.perf_counter() - clock
    fresh = [blob(pictures + at) for at in range(new)]
    few = meetings._FEW_PAIRS if by else 10**15  # noqa: SLF001  in this process, to see all of it
    with patch.object(meetings, "_FEW_PAIRS", few):
        words = _search(folder, stored, fresh, Compute(workers=by or 1), _pace())
    clock, cpu = time.perf_counter() - clock, cpu_s() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(
        f"{new} new: {clock:.1f} s ({opened:.1f} s of them for the blocks), {cpu:.1f} s of CPU, "
        f"{f'{by} workers, ' if by else ''}peak of this process {peak:,.0f} MB; {words}",
        flush=True,
    )


def _in_a_process(act: Callable[..., object], *args: object, **options: object) -> int:
    process = multiprocessing.get_context("fork").Process(target=act, args=args, kwargs=options)
    process.start()
    process.join()
    return process.exitcode or 0


@app.command()
def kills(
    pictures: Pictures = 10_000,
    times: Annotated[int, typer.Option(help="How often.")] = 10,
    uniform: Uniform = False,
) -> None:
    """Kill a first import's search at random moments, and compare what comes out in the end."""
    drawn = np.random.default_rng(1)
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        began = time.perf_counter()
        done = _run(folder / "whole", pictures, uniform=uniform)
        whole_s = time.perf_counter() - began
        print(f"not killed: {whole_s:.0f} s, {done}", flush=True)
        for at in range(times):
            after_s = drawn.uniform(0, whole_s * 1.5 / times)
            _killed(folder / "killed", pictures, after_s, uniform=uniform)
            print(f"kill {at + 1} after {after_s:.0f} s", flush=True)
        again = _run(folder / "killed", pictures, uniform=uniform)
        print(f"killed {times} times: {again}")
        print("same bytes" if again == done else "DIFFERENT BYTES")


def _run(folder: Path, pictures: int, *, uniform: bool) -> str:
    stored = covering(folder, pictures, uniform=uniform)
    fresh = [blob for one in stored for blob in one.blobs]
    return _search(folder, stored, fresh, Compute(workers=2), _pace())


def _killed(folder: Path, pictures: int, after_s: float, *, uniform: bool) -> None:
    command = ["run", str(folder), "--pictures", str(pictures), *["--uniform"] * uniform]
    with subprocess.Popen([sys.executable, "-m", "benchmarks.search", *command]) as child:
        time.sleep(after_s)
        child.kill()


@app.command()
def quiet(pictures: Pictures = 100_000) -> None:
    """Measure all of it, on a machine that does nothing else."""
    parts: list[tuple[str, Callable[[], None]]] = [
        ("All blocks, two workers", lambda: workers(pictures, counts=[2], dask=False)),
        ("Some blocks, by workers", lambda: workers(pictures, some=6)),
        ("A night", lambda: night(pictures)),
        ("Ten kills", lambda: kills(pictures)),
    ]
    for at, (title, measure) in enumerate(parts, start=1):
        print(f"\n{at}/{len(parts)} {title}, {time.strftime('%H:%M:%S')}", flush=True)
        measure()


@app.command(hidden=True)
def run(folder: Path, pictures: Pictures = 10_000, uniform: Uniform = False) -> None:
    """Search in this process, which may be killed."""
    print(_run(folder, pictures, uniform=uniform))


if __name__ == "__main__":
    app()
