"""Where releases go: a local folder, or GitHub."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that lies in a draft.

    Attributes:
        name: Its name.
        size: In bytes.
        digest: Returns the SHA-256 of its content; `None` for one that is not whole. A place that
            has to read the file for it does so only then.
    """

    name: str
    size: int
    digest: Callable[[], str | None]


class Publisher(Protocol):
    """A place for releases. What is published there never changes; a draft may."""

    def announce(self, version: str) -> None:
        """Announce the newest release; a second time does nothing."""
        ...

    def published(self) -> Sequence[str]:
        """List the versions that are published, oldest first."""
        ...

    def read(self, version: str, name: str) -> bytes:
        """Read a small file of a published release."""
        ...

    def fetch(self, version: str, name: str, to: Path) -> None:
        """Fetch a file of a published release, however large."""
        ...

    def draft(self) -> str | None:
        """Return the version of the draft that an earlier run began, if there is one."""
        ...

    def begin(self, version: str, notes: str, commit: str) -> None:
        """Make the draft of a version at a commit of the collection, or mend the one there is."""
        ...

    def assets(self, version: str) -> Mapping[str, Asset]:
        """List what lies in the draft, by name."""
        ...

    def upload(self, version: str, file: Path) -> None:
        """Upload a file to the draft."""
        ...

    def delete(self, version: str, name: str) -> None:
        """Delete a file from the draft."""
        ...

    def download(self, version: str, name: str, to: Path) -> None:
        """Fetch a file of the draft as people will get it."""
        ...

    def publish(self, version: str) -> str:
        """Publish the draft, and say where it is."""
        ...
