"""What the site shows of each release: its files, its words, and what it changed."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from covid19_images.manifest import spreadsheet
from covid19_images.release import index as index_of
from covid19_images.release.index import Index, IndexFormatError

LISTED = 100  # names under one heading
_CHANGES, _CARD = "changes.csv", "card.md"
_HEADER = ["change", "source", "path", "image_id", "columns"]
_WORDS = {"ADD": "added", "MOD": "changed", "DEL": "no longer in it"}

Read = Callable[[str, str], bytes]
"""Reads a small file of a release: version, name."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One row that a release added, changed or no longer has."""

    act: str
    source: str
    path: str
    image_id: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class File:
    """One file of a release; `url` is `None` where it can be had from a folder only."""

    name: str
    size: int
    sha256: str
    holds: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Release:
    """One release.

    Attributes:
        index: What it holds.
        card: Its data card.
        changed: What it changed; of the first release, everything.
        before: The version before; `None` for the first.
        url: Where its files can be had, up to the version.
    """

    index: Index
    card: str
    changed: tuple[Changed, ...]
    before: str | None
    url: str | None = None

    @property
    def images(self) -> int:
        """Return how many images it ships."""
        return sum(source.shipped for source in self.index.sources)

    @property
    def pointers(self) -> int:
        """Return how many images it only points to."""
        return sum(source.pointers for source in self.index.sources)

    @property
    def size(self) -> int:
        """Return the bytes of the pictures that a download fetches."""
        return sum(shard.size for shard in self.index.shards if shard.layer == "images")

    @property
    def counts(self) -> dict[str, int]:
        """Return how many rows it added, changed and no longer has."""
        found = Counter(change.act for change in self.changed)
        return {words: found[act] for act, words in _WORDS.items()}

    def by_act(self) -> Iterator[tuple[str, int, Sequence[Changed]]]:
        """Return each kind of change: in words, how many, and some of them."""
        for act, words in _WORDS.items():
            some = [change for change in self.changed if change.act == act]
            if some:
                yield words, len(some), some[:LISTED]

    def files(self) -> Iterator[File]:
        """Return its files, shards of earlier releases where they are."""
        for shard in self.index.shards:
            holds = f"{shard.layer} of {shard.source}: {shard.images:,}"
            url = self._url(shard.first_published, shard.name)
            yield File(shard.name, shard.size, shard.sha256, holds, url)
        for file in self.index.files:
            yield File(
                file.name, file.size, file.sha256, "", self._url(self.index.version, file.name)
            )

    def _url(self, version: str, name: str) -> str | None:
        return f"{self.url.rstrip('/')}/{version}/{name}" if self.url else None


class ReleaseUnreadableError(Exception):
    """Raised for a release that cannot be read: which, and what to do."""


def releases(versions: Sequence[str], read: Read, url: str | None) -> list[Release]:
    """Read what is shown of some releases, newest first.

    What was taken down since is named in none of them.

    Args:
        versions: The published versions, oldest first.
        read: Reads a small file of one.
        url: Where releases can be had, up to the version.

    Raises:
        ReleaseUnreadableError: When one is not what we publish.
    """
    found = [
        _release(version, before, read, url)
        for version, before in zip(versions, (None, *versions), strict=False)
    ]
    dead = {one.image_id for release in found for one in release.index.tombstones}
    return [
        replace(release, changed=tuple(_forget(change, dead) for change in release.changed))
        for release in reversed(found)
    ]


def _release(version: str, before: str | None, read: Read, url: str | None) -> Release:
    try:
        index = index_of.loads(read(version, index_of.INDEX))
        names = {file.name for file in index.files}
        card = read(version, _CARD).decode() if _CARD in names else ""
        text = read(version, _CHANGES).decode() if _CHANGES in names else ""
        changed = tuple(_changed(text)) if text else ()
    except (OSError, ValueError, IndexFormatError) as error:
        raise ReleaseUnreadableError(
            f"Release {version} cannot be read: {error} The site was not written. Mend the "
            "release, or name another place with --releases."
        ) from None
    return Release(index, card, changed, before, url)


def _changed(text: str) -> Iterator[Changed]:
    rows = csv.reader(io.StringIO(text, newline=""))
    if next(rows, None) != _HEADER:
        raise ValueError(f"{_CHANGES} has other columns than {', '.join(_HEADER)}.")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(_HEADER) or row[0] not in _WORDS:
            raise ValueError(f"line {number} of {_CHANGES} is no change.")
        act, source, path, image_id, columns = map(spreadsheet.uncell, row)
        yield Changed(act, source, path, image_id, tuple(filter(None, columns.split(";"))))


def _forget(change: Changed, dead: set[str]) -> Changed:
    return replace(change, path="") if change.image_id in dead else change


def listed(release: Release) -> list[list[object]]:
    """Return what a browser compares releases by: act, source, path, id and columns of each row."""
    return [[c.act, c.source, c.path, c.image_id, list(c.columns)] for c in release.changed]
