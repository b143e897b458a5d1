"""Pictures of a release that is streamed: kept for the next epoch, as many as there is room for."""

import hashlib
import os
from pathlib import Path

from covid19_images.download.errors import RequestError
from covid19_images.download.transfer import room_for
from covid19_images.manifest import whole

VARIABLE = "COVID19_IMAGES_STREAM_MB"
_USUAL_MB = 2048
_PART = 16  # of the room may be filled before the oldest are removed


def room_bytes() -> int:
    """Return how much may be kept: what the variable says.

    Raises:
        RequestError: It is no number.
    """
    stated = os.environ.get(VARIABLE, str(_USUAL_MB))
    if not stated.isdecimal():
        raise RequestError(f"{VARIABLE} is {stated!r}; it is a number of MB, and 0 keeps nothing.")
    return int(stated) * 10**6


class Kept:
    """Files named by their sha256; processes may share the folder."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        """Keep what is there.

        Args:
            folder: Where they are.
            most_bytes: How much all of them may have.
        """
        self._folder, self._most_bytes = folder, most_bytes
        self._added_bytes = most_bytes  # so that the first one looks

    def get(self, sha256: str) -> bytes | None:
        """Return a picture; `None` where it is not here, or not right any more."""
        file = self._file(sha256)
        try:
            content = file.read_bytes()
            os.utime(file)  # the oldest is removed first
        except FileNotFoundError:
            return None
        return content if hashlib.sha256(content).hexdigest() == sha256 else None

    def put(self, sha256: str, content: bytes) -> None:
        """Keep a picture; older ones are removed for it.

        Raises:
            DiskFullError: There is no room on the disk.
        """
        if len(content) > self._most_bytes // _PART:
            return
        if self._added_bytes + len(content) > self._most_bytes // _PART:
            self._sweep()
        with room_for(self._file(sha256)):
            whole.write(self._file(sha256), content)
        self._added_bytes += len(content)

    def _file(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _sweep(self) -> None:
        """Remove the oldest, so that a part of the room is free."""
        found = []
        for file in self._folder.glob("??/*"):
            try:
                stat = file.stat()
            except FileNotFoundError:
                continue  # another process removed it
            found.append((stat.st_mtime_ns, stat.st_size, file))
        total = sum(size for _, size, _ in found)
        for _, size, file in sorted(found):
            if total <= self._most_bytes - self._most_bytes // _PART:
                break
            file.unlink(missing_ok=True)
            total -= size
        self._added_bytes = 0
