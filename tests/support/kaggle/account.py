"""What an account on the emulated Kaggle has."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

TOKEN = "kaggle_emulated"


class RefusedError(Exception):
    """Raised for what Kaggle does not do, with the status it answers."""

    def __init__(self, status: int, says: str) -> None:
        self.status, self.says = status, says


@dataclass
class Upload:
    """A file on its way, or arrived."""

    name: str
    size: int
    content: bytes = b""
    used: bool = False


@dataclass
class Version:
    """A version of a dataset: its files by path, as people see them."""

    number: int
    notes: str
    description: str
    files: dict[str, bytes]
    status: str = "Ready"


@dataclass
class Kaggle:
    """An account on Kaggle, with one dataset at most.

    Attributes:
        repository: The `owner/name` it may make.
        url: Where the API is.
        versions: Those of the dataset, oldest first; none where there is no dataset.
        about: What the dataset was made with.
        uploads: Files that were sent, by token.
        notebooks: Those that were pushed, by `owner/name`.
        lag: After how many requests a version that was made is ready.
        received: How many bytes of files were sent to it.
        cut: How many uploads break in their middle.
        asked: Every request.
        wrong: What the emulator does not know; a test fails on it.
    """

    repository: str = "owner/covid19-images"
    url: str = ""
    versions: list[Version] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    notebooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    lag: int = 0
    fails: bool = False
    received: int = 0
    cut: int = 0
    busy: int = 0
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    waits: int = 0
    _contents: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def storage(self) -> str:
        """Return where files are: on another host, as Google's storage is."""
        return self.url.replace("127.0.0.1", "localhost") + "/storage"

    @property
    def there(self) -> list[Version]:
        """List the versions that were not deleted."""
        return [one for one in self.versions if one.status != "Deleted"]

    def once(self, content: bytes) -> bytes:
        """Return the same object for the same bytes: eighteen releases fit into memory."""
        return self._contents.setdefault(hashlib.sha256(content).digest(), content)

    def version(self, number: int | None) -> Version:
        found = [v for v in self.there if v.status == "Ready" and number in (None, v.number)]
        if not found:
            raise RefusedError(404, "Dataset version not found")
        return found[-1]
