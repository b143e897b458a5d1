"""Keep what a search found so far, so that one that is killed goes on where it was.

Each file is called after all that decides what is in it, so what is there is what would be found
again. What the last search did not ask for is removed; all of it may be deleted at any time.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from covid19_images.duplicates.blocks import Signs
from flows.collection import duplicates
from flows.collection.duplicates import Pair
from flows.decoding.blocks import code, saved


@dataclass(frozen=True, slots=True)
class Kept:
    """The parts of a search that are done, in a folder of the cache."""

    folder: Path
    _asked: set[Path] = field(default_factory=set)

    def signs(self, name: str) -> Signs | None:
        """Return what two blocks found; `None` where that is not done, or its file is damaged."""
        try:
            return np.asarray(np.load(self._file(f"{name}.npy")), np.int32).reshape(-1, 4)
        except (OSError, ValueError, EOFError):
            return None

    def keep_signs(self, name: str, signs: Signs) -> None:
        """Store what two blocks found."""
        beside = self._beside()
        beside.write_bytes(saved(signs))
        beside.replace(self._file(f"{name}.npy"))

    def pairs(self, name: str) -> tuple[Pair, ...] | None:
        """Return the pairs of one batch; `None` where it is not done, or its file is damaged."""
        try:
            text = self._file(f"{name}.csv").read_text(encoding="utf-8")
            return tuple(duplicates.loads(text))
        except (OSError, ValueError):
            return None

    def keep_pairs(self, name: str, pairs: tuple[Pair, ...]) -> None:
        """Store the pairs of one batch."""
        beside = self._beside()
        beside.write_text(duplicates.dumps(pairs), encoding="utf-8")
        beside.replace(self._file(f"{name}.csv"))

    def text(self, name: str) -> str | None:
        """Return a text that was kept; `None` where there is none."""
        try:
            return self._file(f"{name}.txt").read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None

    def keep_text(self, name: str, text: str) -> None:
        """Store a text."""
        beside = self._beside()
        beside.write_text(text, encoding="utf-8")
        beside.replace(self._file(f"{name}.txt"))

    def sweep(self) -> None:
        """Remove what this search did not ask for."""
        for file in self.folder.glob("*"):
            if file not in self._asked:
                file.unlink()

    def _file(self, name: str) -> Path:
        file = self.folder / f"{code()}-{name}"
        self._asked.add(file)
        return file

    def _beside(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / f"{os.getpid()}.part"
