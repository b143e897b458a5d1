"""Run a night that kills itself, as a power cut would, just before or after one act.

python -m tests.support.killed FOLDER MODULE:NAME before|after
"""

import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

from tests.support.collection import Collection


def arm(target: str, when: str) -> None:
    """Make an act deadly: the process is killed just before it, or just after."""
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
    """Run the night."""
    folder, target, when = sys.argv[1:]
    arm(target, when)
    Collection(Path(folder)).night()


if __name__ == "__main__":
    main()
