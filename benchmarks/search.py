"""Time the search for copies: a first import by workers, a night after it, and one that is killed.

python -m benchmarks.search workers --pictures 100000 --meetings 6   some of the blocks that meet
python -m benchmarks.search workers --pictures 100000 --count 2      all of them
python -m benchmarks.search night --pictures 1000000                 100 new ones; memory too
python -m benchmarks.search kills --pictures 100000 --uniform        killed at ten random moments
python -m benchmarks.search quiet                                    all of it, half an hour at 10^5

Features are made up. Their words are as common as those of 1,818 real X-rays and CT slices were:
two pictures share some ten over all variants, by chance; with `--uniform`, as rare as can be. One
picture in fifty shares a third of its words with another. No candidate is verified here.
"""

import hashlib
import multiprocessing
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated
from unittest.mock import patch

import numpy as np
import typer
from numpy.typing import NDArray

from covid19_images.duplicates.features import Features
from flows.decoding import blocks
from flows.decoding.blocks import Stored
from flows.night.compare import meetings
from flows.night.compare.kept import Kept
from flows.night.compare.meetings import Meeting
from flows.sandbox.base import Compute
from flows.sandbox.clock import Pace

app = typer.Typer(add_completion=False)
NEW = 100
_POINTS = 250
_COMMON, _OFTEN = 0.31, 0.32  # of words among the 10⁵ most common ones, and of these in 10⁴
_COPY_EVERY, _SHARED = 50, 80
Pictures = Annotated[int, typer.Option(help="How many.")]
Uniform = Annotated[bool, typer.Option("--uniform", help="Words as rare as they can be.")]


def _features(number: int, *, uniform: bool) -> Features:
    drawn = np.random.default_rng(number)
    codes = drawn.integers(0, 256, (_POINTS, 8, 3), np.uint8)
    if not uniform:
        common = drawn.random((_POINTS, 8)) < _COMMON
        ranks = _ranks(drawn.random(int(common.sum())))
        halves = np.nonzero(common)[1] % 2  # words of a group's two halves are different words
        words = (2 * ranks + halves) * 0x9E3779B1 % 2**32 >> 8
        codes[common] = words.astype(">u4").view(np.uint8).reshape(-1, 4)[:, 1:]
    codes = codes.reshape(_POINTS, 24)
    if number and number % _COPY_EVERY == 0:
        codes[:_SHARED] = _features(number // 2, uniform=uniform).codes[:_SHARED]
    return Features(np.zeros((_POINTS, 2), np.uint16), codes, b"")


def _ranks(share: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Return the ranks of common words: frequencies fall as a power, steeper from 10⁴ on."""
    often = share < _OFTEN
    below, power = np.where(often, share / _OFTEN, (share - _OFTEN) / (1 - _OFTEN)), (0.58, 0.38)
    first = 1e4 * below ** (1 / power[0])
    low, high = 1e4 ** power[1], 1e5 ** power[1]
    second = (low + below * (high - low)) ** (1 / power[1])
    return (np.where(often, first, second) / 2).astype(np.int64)


def _blob(number: int) -> str:
    return f"{number:040x}"


def _covering(folder: Path, pictures: int, *, uniform: bool) -> list[Stored]:
    def look(some: Sequence[str]) -> Mapping[str, Features]:
        return {blob: _features(int(blob, 16), uniform=uniform) for blob in some}

    numbers = range(pictures)
    hashes = {_blob(at): hashlib.sha256(str(at).encode()).hexdigest() for at in numbers}
    return blocks.covering(folder / "blocks", hashes, look)


def _search(folder: Path, stored: Sequence[Stored], fresh: Sequence[str], way: Compute) -> str:
    kept = Kept(folder / "search")
    pace = Pace("search", lambda words: print(f"    {words}", flush=True))
    found = sorted(meetings.search(stored, fresh, way, kept, pace))
    digest = hashlib.sha256(repr(found).encode()).hexdigest()[:12]
    return f"{len(found):,} signs, sha256 {digest}"


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
) -> None:
    """Print how long a first import's search takes by 1, 2 and 4 workers, and on Dask."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        began = time.process_time()
        stored = _covering(folder, pictures, uniform=uniform)
        took_s = time.process_time() - began
        print(f"{pictures:,} pictures in {len(stored)} blocks: {took_s:.1f} s")
        fresh = [blob for one in stored for blob in one.blobs]
        chosen = list(_some(stored, fresh, some))
        pairs = sum(meeting.pairs for meeting in chosen)
        whole = sum(meeting.pairs for meeting in _some(stored, fresh, 0))
        print(
            f"{len(chosen)} meetings, {pairs / whole:.0%} of all pairs; "
            f"load {os.getloadavg()[0]:.1f}"
        )
        ways = [Compute(workers=count) for count in counts]
        for way in (*ways, *[Compute(runner="dask", workers=2)] * dask):
            clock = time.perf_counter()
            with patch.object(meetings, "_meetings", lambda *_: iter(chosen)):
                words = _search(folder / f"{way.runner}{way.workers}", stored, fresh, way)
            clock = time.perf_counter() - clock
            print(
                f"{way.runner:<10}{way.workers} workers {clock:>8.1f} s, all pairs "
                f"{clock * whole / pairs:,.0f} s; {words}",
                flush=True,
            )


@app.command()
def night(pictures: Pictures = 10_000, uniform: Uniform = False) -> None:
    """Print what a night of 100 new pictures costs when so many are held already."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _in_a_process(_covering, folder, pictures, uniform=uniform)
        size = sum(file.stat().st_size for file in folder.rglob("*.npy"))
        print(f"{pictures:,} held: blocks of {size / 2**20:,.0f} MB", flush=True)
        for number in (NEW, 10):
            _in_a_process(_night, folder, pictures, number, uniform=uniform)


def _night(folder: Path, pictures: int, new: int, *, uniform: bool) -> None:
    clock, cpu = time.perf_counter(), time.process_time()
    stored = _covering(folder, pictures + new, uniform=uniform)
    fresh = [_blob(pictures + at) for at in range(new)]
    with patch.object(meetings, "_FEW_PAIRS", 10**15):  # in this process, to see all of it
        words = _search(folder, stored, fresh, Compute(workers=1))
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(f"{new} new: {clock:.1f} s, {cpu:.1f} s of CPU, peak {peak:,.0f} MB; {words}", flush=True)


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
    stored = _covering(folder, pictures, uniform=uniform)
    fresh = [blob for one in stored for blob in one.blobs]
    return _search(folder, stored, fresh, Compute(workers=2))


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
