"""Remember which files of a copy were checked, so that a second run need not hash them again."""

import json
import threading
from pathlib import Path

from covid19_images.manifest import whole

FILE = "checked.json"


class Receipts:
    """What was checked, by file name: its sha256, and the size and time it had then.

    It is a shortcut and nothing else: without it, or where a file changed since, files are hashed
    again. `covid19-images verify` never looks at it.
    """

    def __init__(self, folder: Path) -> None:
        """Read what is remembered of a copy."""
        self._file = folder / FILE
        self._lock = threading.Lock()
        try:
            receipts = json.loads(self._file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            receipts = {}
        self._receipts: dict[str, list[object]] = receipts if isinstance(receipts, dict) else {}

    def has(self, file: Path, sha256: str) -> bool:
        """Return whether a file is here and right."""
        from covid19_images.download.transfer import file_sha256  # noqa: PLC0415

        if not file.is_file():
            return False
        if self._receipts.get(file.name) == [sha256, *_stamp(file)]:
            return True
        if file_sha256(file) != sha256:
            return False
        self.remember(file, sha256)
        return True

    def remember(self, file: Path, sha256: str) -> None:
        """Remember that a file is right."""
        self._note(file.name, [sha256, *_stamp(file)])

    def begin(self, part: Path, sha256: str) -> None:
        """Remember what a part is a part of."""
        self._note(part.name, [sha256])

    def is_part_of(self, part: Path, sha256: str) -> bool:
        """Return whether a part was begun for this very file."""
        return self._receipts.get(part.name) == [sha256]

    def _note(self, name: str, receipts: list[object]) -> None:
        with self._lock:
            self._receipts[name] = receipts
            whole.write(self._file, json.dumps(self._receipts).encode())


def _stamp(file: Path) -> list[object]:
    found = file.stat()
    return [found.st_size, found.st_mtime_ns]
