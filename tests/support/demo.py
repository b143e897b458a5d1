"""The demo, run once for all of the tests that look at it."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import warm


@dataclass(frozen=True)
class Demo:
    """What a run of the demo left: nobody may change it.

    Attributes:
        folder: Its folder.
        printed: What it printed.
    """

    folder: Path
    printed: str

    @property
    def collection(self) -> Path:
        """Return the clone of the collection."""
        return self.folder / "collection"


def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Run the demo, or return what another worker's run left."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, printed = shared / "demo", shared / "demo.txt"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not printed.exists():
            done = warm.run("flows", "demo", "--direct", "--folder", str(folder))
            assert done.returncode == 0, done.stderr
            printed.write_text(done.stdout)
    return Demo(folder, printed.read_text())
