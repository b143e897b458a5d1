"""Run a night and print every write to its world that is part of none of the steps.

python -m tests.faults.writes FOLDER ACT
"""

import importlib
import os
import sys
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from types import FrameType
from typing import cast

from tests.faults.kills import STEPS
from tests.faults.world import Act
from tests.support.killed import ACTS

_PATHS = (
    "os.mkdir",
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.symlink",
    "os.link",
    "shutil.rmtree",
    "sqlite3.connect",
)
_GIT = {
    "init",
    "fetch",
    "commit-tree",
    "read-tree",
    "update-index",
    "write-tree",
    "update-ref",
    "push",
    "hash-object",
    "gc",
    "repack",
    "symbolic-ref",
    "remote",
    "config",
}
_READS = {  # SQLite opens a file the same way to read it
    "flows.decoding.cache:Cache._rows",
    "flows.decoding.cache:Cache.volumes",
}


def _defined(step: str) -> str:
    """Name a function where it is defined; a step names it where it is called."""
    module, _, path = step.partition(":")
    act = attrgetter(path)(importlib.import_module(module))
    return f"{act.__module__}:{act.__qualname__}"


def _stack(frame: FrameType | None) -> Iterator[str]:
    while frame:
        module = frame.f_globals.get("__name__", "")
        if module.startswith(("flows", "covid19_images")):
            yield f"{module}:{frame.f_code.co_qualname}"
        frame = frame.f_back


def _written(event: str, args: tuple[object, ...]) -> str | None:
    """Name what is about to be written, if anything is."""
    if event == "open":
        path, _, flags = args
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
        return str(path) if writes and isinstance(path, str | Path) else None
    if event in _PATHS:
        return str(args[0])
    if event == "subprocess.Popen":
        words = [str(word) for word in args[1]]  # type: ignore[attr-defined]
        return next((word for word in words if word in _GIT), None)
    return None


def main(folder: Path, act: Act) -> None:
    """Watch one act."""
    home, steps = str(folder.parent), {_defined(step) for step in STEPS[act]}
    found: set[str] = set()

    def watch(event: str, args: tuple[object, ...]) -> None:
        if written := _written(event, args):
            stack = list(_stack(sys._getframe(1)))
            ours = event == "subprocess.Popen" or written.startswith(home)
            if ours and stack and not (steps | _READS) & set(stack):
                found.add(f"{stack[0]} writes {Path(written).name} ({event})")

    sys.addaudithook(watch)
    ACTS[act](folder)
    print("\n".join(sorted(found)))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), cast("Act", sys.argv[2]))
