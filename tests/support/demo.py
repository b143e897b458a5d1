"""The demo, run once for all of the tests that look at it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import warm
from tests.support.once import once


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
    made = once(tmp_path_factory, "shown", _run)
    return Demo(made / "demo", (made / "printed.txt").read_text(encoding="utf-8"))


def _run(folder: Path) -> None:
    done = warm.run("flows", "demo", "--direct", "--folder", str(folder / "demo"))
    assert done.returncode == 0, done.stderr
    (folder / "printed.txt").write_text(done.stdout, encoding="utf-8")
