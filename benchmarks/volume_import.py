"""What copies of volumes cost a cold import: CPU time with and without them, alternately.

    python -m benchmarks.volume_import             1,000 slices of 50 volumes, one a copy
    python -m benchmarks.volume_import --side 512

Of each pair of imports one compares volumes and one does not; both have the same files.
"""

import argparse
import ctypes
import os
import resource
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

import git
import numpy as np
from scipy import ndimage

from benchmarks.night import _collection, _commit, _night
from benchmarks.volume_scans import scan
from flows.night.compare import volume_stage
from flows.night.compare.volumes import VolumesCompared
from tests.covid19_images.images.volumes.series import series

SLICES = 20
_REAPER = 36  # PR_SET_CHILD_SUBREAPER: orphans come to us, and so does their CPU time


def upstream(folder: Path, volumes: int, side: int) -> Path:
    """Make a repository of series, the last one a window of the first."""
    repo = git.Repo.init(folder)
    for number in range(volumes):
        hu = scan(0 if number == volumes - 1 else number, slices=SLICES).astype(np.float32)
        if number == volumes - 1:
            hu = np.clip(hu, -1000, 200)
        large = ndimage.zoom(hu, (side / hu.shape[0], side / hu.shape[1], 1), order=1)
        stored = np.rint(large.transpose(2, 1, 0)).astype(np.int16) + 1024
        (folder / f"{number:03}").mkdir()
        depths = [2.0 * n for n in range(SLICES)]
        for name, content in series(stored, depths, SeriesInstanceUID=f"1.2.3.{number + 1}"):
            (folder / f"{number:03}" / name).write_bytes(content)
    repo.git.add(".")
    return _commit(repo, folder)


def without(*_: object) -> VolumesCompared:
    """Find no copies."""
    return VolumesCompared(())


def cpu_s(act: Callable[[], object]) -> float:
    """Return the CPU seconds of a function, in a process of its own, and of all it began."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = os.fork()
    if not child:
        act()
        os._exit(0)
    os.waitpid(child, 0)
    _end_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _end_orphans() -> None:
    """End what the process left behind, such as git waiting for questions, and count it."""
    tasks = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    while orphans := [int(pid) for pid in tasks.read_text(encoding="ascii").split()]:
        for pid in orphans:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)


def main() -> None:
    """Print the CPU seconds of each import, and how many times longer those with copies take."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--volumes", type=int, default=50)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--times", type=int, default=2)
    wanted = parser.parse_args()
    ctypes.CDLL(None).prctl(_REAPER, 1, 0, 0, 0)
    compare = volume_stage.compare_volumes
    took: dict[str, list[float]] = {"with": [], "without": []}
    with tempfile.TemporaryDirectory() as scratch:
        source = upstream(Path(scratch) / "upstream", wanted.volumes, wanted.side)
        for number in range(wanted.times):
            for name, act in (("without", without), ("with", compare)):
                volume_stage.compare_volumes = act  # type: ignore[assignment]
                folder = Path(scratch) / f"{name}-{number}"
                collection = _collection(folder / "collection", source)
                took[name].append(cpu_s(lambda at=collection: _night(at)))  # type: ignore[misc]
                print(f"{name:8}{took[name][-1]:8.1f} s CPU", flush=True)
        table = git.Repo(collection).git.show("sync/datasets:datasets/volume_pairs.csv")
        print(f"{len(table.splitlines()) - 1} pairs found")
    ratio = sum(took["with"]) / sum(took["without"])
    print(f"{wanted.volumes * SLICES:,} slices: {ratio:.2f} times as long with copies of volumes")


if __name__ == "__main__":
    main()
