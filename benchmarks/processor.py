"""Count the processor time of this process and of all that it started, however they ended."""

import contextlib
import os
from collections import defaultdict
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def cpu_s() -> float:
    """Return the processor time so far, in seconds, of this process and its descendants.

    Of one that ended its parent knows, also where that is a fork server and not this process.
    """
    parents, ticks = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
            process = int(folder.name)
            parents[process] = int(fields[1])
            ticks[process] = sum(map(int, fields[11:15]))  # own, and of children that ended
    children = defaultdict(list)
    for process, parent in parents.items():
        children[parent].append(process)
    below = [os.getpid()]
    for process in below:
        below += children[process]
    return sum(ticks[process] for process in below) / _TICKS_PER_S
