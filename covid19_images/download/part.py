"""The part of a file that is here already: hashed while it grows, so that nobody reads it again."""

import hashlib
import os
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

PIECE_BYTES = 1 << 20


class Part:
    """A file that is being fetched. Whatever was appended is in the file, even after a kill.

    Attributes:
        file: Where it is.
        size: How much of it is here.
    """

    def __init__(self, file: Path) -> None:
        """Begin where an earlier run stopped; else there is no file before the first byte."""
        self.file, self.size = file, 0
        self._hash = hashlib.sha256()
        self._out: FileIO | None = None
        try:
            with file.open("rb", buffering=0) as here:
                while piece := here.read(PIECE_BYTES):
                    self._hash.update(piece)
                    self.size += len(piece)
        except FileNotFoundError:
            return

    def append(self, piece: bytes) -> None:
        """Write what follows."""
        out, left = self._opened(), memoryview(piece)
        while left:
            left = left[out.write(left) :]
        self._hash.update(piece)
        self.size += len(piece)

    def restart(self) -> None:
        """Throw away what is here."""
        self._opened().truncate(0)
        self._hash, self.size = hashlib.sha256(), 0

    def finish(self, *, synced: bool) -> None:
        """Leave a file, an empty one too; where it is asked for, wait until the disk has it."""
        out = self._opened()
        if synced:
            os.fsync(out.fileno())

    @property
    def sha256(self) -> str:
        """Return the sha256 of what is here."""
        return self._hash.hexdigest()

    def _opened(self) -> FileIO:
        if self._out is None:
            try:
                self._out = self.file.open("ab", buffering=0)
            except FileNotFoundError:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                self._out = self.file.open("ab", buffering=0)
        return self._out

    def __enter__(self) -> Self:
        """Return the part; the end of the block closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._out is not None:
            self._out.close()
