"""Try every fault and print what was lost: `python -m tests.faults [KIND …]`."""

import os
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults import ALL
from tests.faults.fault import Fault, lost
from tests.faults.world import Worlds, prepare


def _tried(fault: Fault, worlds: Worlds) -> str | None:
    try:
        return lost(fault, worlds)
    except Exception as error:  # noqa: BLE001  whatever it is, it is what this looks for
        return f"{type(error).__name__}: {error}"


def main(kinds: list[str]) -> int:
    """Print one line a kind, and every fault that was not made good."""
    chosen = [fault for fault in ALL if not kinds or fault.kind in kinds]
    tried: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory() as scratch,
        ThreadPoolExecutor(os.cpu_count()) as threads,
    ):
        prepared = Path(scratch, "prepared")
        prepare(prepared)
        worlds = Worlds(Path(scratch), prepared)
        results = threads.map(lambda fault: _tried(fault, worlds), chosen)
        for fault, found in zip(chosen, results, strict=True):
            tried[fault.kind] += 1
            if found:
                bad[fault.kind] += 1
                print(f"LOST  {fault}: {found}", flush=True)
    for kind in tried:
        print(f"{kind:<8} faults tried: {tried[kind]:>4}   lost: {bad[kind]}")
    print(f"{'all':<8} faults tried: {tried.total():>4}   lost: {bad.total()}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
