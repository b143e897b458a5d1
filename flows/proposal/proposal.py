"""What a night proposes, as values: the collection after it, and what a pull request carries."""

import datetime as dt
import hashlib
from collections.abc import Collection as Container
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from covid19_images.manifest.record import Record
from covid19_images.manifest.splits import Placed
from flows.collection.duplicates import Pair
from flows.collection.problems import Problem
from flows.collection.state import SourceRow
from flows.collection.volumes import NONE, Volumes
from flows.proposal.pictures import NO_PICTURES, Pictures
from flows.proposal.sheets import Sheet


@dataclass(frozen=True, slots=True)
class Collection:
    """The collection as it would be after a night.

    Attributes:
        records: The rows of each source.
        described: What each was written from.
        pairs: All copies.
        problems: All that could not be explained.
        ledger: Which picture is in which split.
        volumes: What volumes its pictures make.
        touched: Keys of the rows that the night can have reached; all others are as in the base.
            `None` where any row may be another.
    """

    records: Mapping[str, Sequence[Record]]
    described: Mapping[str, SourceRow]
    pairs: Sequence[Pair]
    problems: tuple[Problem, ...]
    ledger: Sequence[Placed] = ()
    volumes: Volumes = NONE
    touched: Container[str] | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Everything a pull request carries.

    Attributes:
        title: One sentence.
        files: New contents by path.
        pins: New submodule commits by source name.
        body: The words, in Markdown.
        page: The words, as a page of its own.
        review_reasons: Why a person should look before merging; empty when nothing is odd.
        sheets: Pictures of what changed.
        described: The upstream commit that each source is described at.
        deleted: Paths that are deleted: what is of no configured source any more.
        pictures: What the page and the sheets were drawn from.
        date: UTC date of the newest upstream commit taken in.
        large: Rows of each source whose files are shards, before or after, and differ from the
            base; `None` where they are deleted.
    """

    title: str
    files: Mapping[str, bytes]
    pins: Mapping[str, str]
    body: str
    page: str
    review_reasons: tuple[str, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    described: Mapping[str, str] = field(default_factory=dict)
    deleted: tuple[str, ...] = ()
    pictures: Pictures = NO_PICTURES
    date: dt.date | None = None
    large: Mapping[str, Sequence[Record] | None] = field(default_factory=dict)

    @property
    def writes(self) -> dict[str, bytes | None]:
        """Return what is written, by path; `None` deletes."""
        return {**self.files, **dict.fromkeys(self.deleted)}

    @property
    def content_hash(self) -> str:
        """Digest everything proposed, so that a second night can tell it is the same.

        The bytes of the sheets are no part of it: another version of a library may draw the same
        differently.
        """
        digest = hashlib.sha256()
        parts = [self.title, self.body, *(f"{k} {v}" for k, v in sorted(self.pins.items()))]
        for part in parts:
            digest.update(part.encode() + b"\0")
        for path, content in sorted(self.files.items()):
            digest.update(path.encode() + b"\0" + hashlib.sha256(content).digest())
        for path in self.deleted:
            digest.update(path.encode() + b"\0deleted")
        for sheet in self.sheets:
            digest.update(f"{sheet.name}\0{sheet.alt}\0{sheet.caption}\0".encode())
        return digest.hexdigest()
