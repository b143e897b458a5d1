"""Run something that kills itself, as a power cut would, just before or after one step.

python -m tests.support.killed FOLDER MODULE:NAME before|after ACT
"""

import importlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.support.collection import Collection
from tests.support.releases import next_release

ACTS: Mapping[str, Callable[[Path], object]] = {
    "sync": lambda folder: Collection(folder).night(),
    "release": next_release,
}


def arm(target: str, when: str) -> None:
    """Make a step deadly."""
    module, _, name = target.partition(":")
    owner: Any = importlib.import_module(module)
    *path, last = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    act = getattr(owner, last)

    def deadly(*args: Any, **options: Any) -> Any:
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        act(*args, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, last, deadly)


def main() -> None:
    """Run the act."""
    folder, target, when, act = sys.argv[1:]
    arm(target, when)
    ACTS[act](Path(folder))


if __name__ == "__main__":
    main()
