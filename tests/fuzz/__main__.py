"""Fuzz one target, or all: `python -m tests.fuzz [TARGET] [--seconds N]`.

With atheris (coverage-guided, where it is installed) each target runs in a process of its own,
because libFuzzer ends it; without, seeds are garbled by chance, the same way every time.
"""

import argparse
import importlib.util
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

if "--guided" in sys.argv:
    import atheris

    with atheris.instrument_imports(
        include=["covid19_images", "flows", "PIL", "pydicom", "nibabel"]
    ):
        from tests.fuzz.targets import TARGETS, seeds
else:
    from tests.fuzz.targets import TARGETS, seeds

from tests.hostile.files import mutate


def main() -> int:
    """Fuzz, and say how many inputs were tried."""
    found = argparse.ArgumentParser(prog="python -m tests.fuzz")
    found.add_argument("target", nargs="?", choices=sorted(TARGETS))
    found.add_argument("--seconds", type=int, default=20)
    found.add_argument("--guided", action="store_true", help=argparse.SUPPRESS)
    asked = found.parse_args()
    if asked.guided:
        _guided(asked.target, asked.seconds)
    is_there = importlib.util.find_spec("atheris") is not None
    run = _in_a_process if is_there else _by_chance
    names = [asked.target] if asked.target else sorted(TARGETS)
    return max(run(name, asked.seconds) for name in names)


def _in_a_process(name: str, seconds: int) -> int:
    again = [sys.executable, "-m", "tests.fuzz", name, "--guided", "--seconds", str(seconds)]
    done = subprocess.run(again, check=False, capture_output=True, text=True)
    last = [line for line in done.stderr.splitlines() if "DONE" in line or line.startswith("Done")]
    print(f"{name}: {last[-1] if last and not done.returncode else 'FAILED'}")
    if done.returncode:
        print(done.stdout[-3000:], done.stderr[-3000:], sep="\n")
    return done.returncode


def _guided(name: str, seconds: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        for number, seed in enumerate(seeds(name)):
            Path(scratch, str(number)).write_bytes(seed)
        found = f"{tempfile.gettempdir()}/fuzz-{name}-"
        options = [
            f"-max_total_time={seconds}",
            f"-artifact_prefix={found}",
            "-max_len=65536",
            "-rss_limit_mb=4096",
            "-seed=7",
            "-timeout=60",
        ]
        target = TARGETS[name]
        atheris.Setup([sys.argv[0], *options, scratch], target)
        atheris.Fuzz()


def _by_chance(name: str, seconds: int) -> int:
    chance, known = random.Random(7), seeds(name)
    tried, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        content = mutate(chance.choice(known) or b"\0", chance)
        try:
            TARGETS[name](content)
        except Exception:
            print(f"{name}: FAILED on {content[:200]!r}")
            raise
        tried += 1
    print(f"{name}: {tried:,} inputs tried in {seconds} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
