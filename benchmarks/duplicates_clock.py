"""The clock of a first import beside a plain loop, and where it goes; nothing is known before.

    python -m benchmarks.duplicates_clock ../shared/upstreams [--pictures N]

Each line is a process of its own, from its start to its end. The plain loop opens and hashes one
picture after the other. Ours is the command, on all cores, then its stages in one thread and in
two, then what a night does with the same files as blobs of a clone: decode them in workers, and
keep what they gave. CPU times are those of the process and of children that it waits for; a
night's workers are none of these.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from benchmarks.duplicates_peers import unpack

T = TypeVar("T")
R = TypeVar("R")


class Stages:
    """Print how long each stage took, once it is over."""

    def __init__(self) -> None:
        """Begin with the process."""
        self._clock_s, self._cpu_s = _born_s(), 0.0

    def over(self, name: str) -> None:
        """Print the stage that ended."""
        clock_s, cpu_s = time.time(), time.process_time()
        print(f"  {name:32} {clock_s - self._clock_s:7.2f} {cpu_s - self._cpu_s:7.2f}", flush=True)
        self._clock_s, self._cpu_s = clock_s, cpu_s


def _born_s() -> float:
    ticks = int(Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
    up_s = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    return time.time() - up_s + ticks / os.sysconf("SC_CLK_TCK")


def loop(folder: Path) -> None:
    """Open and hash one picture after the other."""
    import imagehash  # noqa: PLC0415  part of what is timed
    from PIL import Image  # noqa: PLC0415

    for path in sorted(folder.rglob("*")):
        if path.is_file():
            imagehash.phash(Image.open(path))


def stages(folder: Path, workers: int) -> None:
    """Do what `covid19-images duplicates` does, stage by stage."""
    from covid19_images.duplicates.engine import find  # noqa: PLC0415  part of what is timed
    from covid19_images.duplicates.folder import at_once, read_folder  # noqa: PLC0415
    from covid19_images.duplicates.picture import Item  # noqa: PLC0415

    clock = Stages()
    clock.over("start and imports")
    items = [one for one in read_folder(folder, workers=workers) if isinstance(one, Item)]
    clock.over("decode, hash, describe")

    def spread(act: Callable[[T], R], some: Iterable[T], /) -> Iterator[R]:
        clock.over("search, one thread")
        return threads.map(act, some)

    threads: Executor
    with at_once(workers) as threads:
        find(items, [], spread=spread)
    clock.over("verify")


def night(folder: Path, workers: int) -> None:
    """Decode the same files as blobs of a clone, in so many workers, and keep what they gave."""
    from covid19_images.images.decode import Limits  # noqa: PLC0415  part of what is timed
    from flows.decoding.cache import Cache  # noqa: PLC0415
    from flows.decoding.decode import decode  # noqa: PLC0415
    from flows.sandbox.base import Compute  # noqa: PLC0415

    clock = Stages()
    clock.over("start and imports")
    clone, cache = folder.parent / "clone.git", Cache(folder.parent / f"cache-{workers}.sqlite")
    wanted = (folder.parent / "blobs").read_text(encoding="ascii").split()
    decode(clone, wanted, limits=Limits(), keep=cache.put, compute=Compute(workers=workers))
    clock.over("decode, hash, describe, keep")


def _clone(folder: Path) -> None:
    """Put the files into a bare repository beside the folder, and their blobs' ids into a list."""
    clone = folder.parent / "clone.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(clone)], check=True)
    paths = "\n".join(str(path) for path in sorted(folder.rglob("*")) if path.is_file())
    written = subprocess.run(
        ["git", "-C", str(clone), "hash-object", "-w", "--stdin-paths"],
        input=paths.encode(),
        capture_output=True,
        check=True,
    )
    (folder.parent / "blobs").write_bytes(written.stdout)


def _timed(name: str, command: list[str], codes: tuple[int, ...] = (0,)) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True)
    clock_s = time.perf_counter() - began
    if done.returncode not in codes:
        sys.exit(f"{name}: exit code {done.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{name:34} {clock_s:7.2f} {cpu_s:7.2f}")
    if "--only" in command:
        print(done.stdout, end="", flush=True)
    return clock_s


def main() -> None:
    """Print the table, or do one line of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundles", type=Path)
    parser.add_argument("--pictures", type=int, help="how many; all by default")
    parser.add_argument("--only", choices=("loop", "stages", "night"))
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    if given.only == "loop":
        loop(given.bundles)
    elif given.only:
        {"stages": stages, "night": night}[given.only](given.bundles, given.workers)
    else:
        table(given.bundles, given.pictures)


def table(bundles: Path, most: int | None) -> None:
    """Print the table."""
    with TemporaryDirectory() as place:
        folder = Path(place) / "pictures"
        count = unpack(bundles, folder, {}, most)
        _clone(folder)
        again = [sys.executable, "-m", "benchmarks.duplicates_clock", str(folder), "--only"]
        print(f"{count:,} pictures, {os.cpu_count()} cores\n")
        print(f"{'':34} {'clock s':>7} {'CPU s':>7}")
        loop_s = _timed("plain loop", [*again, "loop"])
        command = [str(Path(sys.executable).with_name("covid19-images")), "duplicates", str(folder)]
        ours_s = _timed("covid19-images duplicates", command, codes=(0, 1))
        print(f"{'':34} {ours_s / loop_s:7.2f} x the loop")
        for kind in ("stages", "night"):
            for workers in (1, 2):
                _timed(f"{kind}, {workers}", [*again, kind, "--workers", str(workers)])


if __name__ == "__main__":
    main()
