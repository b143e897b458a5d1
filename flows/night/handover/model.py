"""What a handover holds: `proposal.json`. Contents lie beside it, named by their SHA-256.

It holds tables, numbers and pixels, and no words that are published as they are: the process that
writes makes title, body, page, sheets and changelog itself (`flows.night.handover.rebuild`).
"""

import datetime as dt
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

SCHEMA = 2
INDEX = "proposal.json"
CONTENT = "content"
MAX_INDEX_BYTES = 64 * 2**20
MAX_FILE_BYTES = 512 * 2**20  # the rows of a source of 10⁶ pictures, as CSV
MAX_BYTES = 1024 * 2**20
MAX_FILES = 2_000
MAX_SIDE_PX = 512  # of a small picture
MAX_STRIP_PX = 4_096  # of planes below each other


def _path(text: str) -> str:
    parts = PurePosixPath(text).parts
    odd = not parts or parts[0] == "/" or "\\" in text or ".." in parts or ".git" in parts
    if odd or str(PurePosixPath(text)) != text or not text.isprintable():
        raise ValueError("not a path inside of the collection")
    return text


Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$")]
Path_ = Annotated[str, Field(max_length=500), AfterValidator(_path)]
Quoted = Annotated[str, Field(max_length=4_000)]
Count = Annotated[int, Field(ge=0, le=10**9)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class OutcomeEntry(_Strict):
    """What an upstream did; which keys there are depends on the kind.

    Attributes:
        kind: The name of a class of `flows.upstream.outcome`.
    """

    kind: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]{1,40}$")]
    old: Sha | None = None
    new: Sha | None = None
    commit: Sha | None = None
    branch: Quoted | None = None
    branches: tuple[Quoted, ...] | None = Field(default=None, max_length=1_000)
    source: Name | None = None
    reason: Quoted | None = None
    by: Quoted | None = None
    until: dt.date | None = None
    days: Count | None = None


class TableEntry(_Strict):
    """What changed in one label table."""

    rows: Count
    added: Count
    removed: Count
    changed: Count
    header_changed: bool


class Observed(_Strict):
    """What a night saw of one source and the tables do not hold.

    Attributes:
        source: Its name.
        outcome: What its upstream did.
        renamed: Old and new path of each picture that moved.
        tables: What changed in each label table, by its name.
        left_by_reading: What only reading its files leaves for a person; `None` where nothing was
            read.
    """

    source: Name
    outcome: OutcomeEntry
    renamed: tuple[tuple[Quoted, Quoted], ...] = Field(default=(), max_length=1_000_000)
    tables: dict[Quoted, TableEntry] = Field(default={}, max_length=MAX_FILES)
    left_by_reading: tuple[Quoted, ...] | None = Field(default=None, max_length=1_000)


class PictureEntry(_Strict):
    """One small picture, as compressed levels: nothing of it has to be decoded.

    Attributes:
        content: Levels, row by row, compressed by zlib.
        width: In pixels.
        height: In pixels.
        channels: 1 is grey, 3 is red, green and blue.
    """

    content: Digest
    width: Annotated[int, Field(ge=1, le=MAX_SIDE_PX)]
    height: Annotated[int, Field(ge=1, le=MAX_SIDE_PX)]
    channels: Literal[1, 3]


class PairEntry(_Strict):
    """Two pictures laid on each other, by the keys of their rows."""

    keys: tuple[Quoted, Quoted]
    copy_: PictureEntry = Field(alias="copy")
    original: PictureEntry
    registered: bool


class StripEntry(PictureEntry):
    """Planes of a volume below each other, in one picture."""

    height: Annotated[int, Field(ge=1, le=MAX_STRIP_PX)]


class PlaneEntry(_Strict):
    """A volume along one axis; see `PlanePictures`."""

    axis: Literal["axial", "coronal", "sagittal", "picture"]
    numbers: tuple[Count, ...] = Field(min_length=1, max_length=64)
    count: Count
    strip: StripEntry


class VolumeEntry(_Strict):
    """A volume, or a picture with its outlines, drawn; see `VolumePictures`."""

    source: Name
    volume: Quoted
    planes: tuple[PlaneEntry, ...] = Field(max_length=3)
    masks: tuple[Quoted, ...] = Field(default=(), max_length=64)


class Proposed(_Strict):
    """What is proposed, its contents by their digests.

    Attributes:
        files: New contents by path.
        deleted: Paths that are deleted.
        date: UTC date of the newest upstream commit taken in.
        thumbnails: Small pictures, by blob.
        pairs: Pictures of copies.
        left_out: How many more there were than one proposal shows.
        volumes: Volumes that are new.
    """

    files: dict[Path_, Digest] = Field(max_length=MAX_FILES)
    deleted: tuple[Path_, ...] = Field(default=(), max_length=MAX_FILES)
    date: dt.date | None = None
    thumbnails: dict[Sha, PictureEntry] = Field(default={}, max_length=5_000)
    pairs: tuple[PairEntry, ...] = Field(default=(), max_length=1_000)
    left_out: Count = 0
    volumes: tuple[VolumeEntry, ...] = Field(default=(), max_length=100)


class Handover(_Strict):
    """What one process hands to another.

    Attributes:
        schema_version: How this is written; `schema` in the JSON.
        base: The commit the night started from.
        now: When it ran.
        feedback_token: The forge's token of the feedback that was read.
        observed: Every source that was visited.
        proposal: What is proposed; `None` when nothing is.
    """

    schema_version: int = Field(default=SCHEMA, alias="schema", ge=SCHEMA, le=SCHEMA)
    base: Sha
    now: AwareDatetime
    feedback_token: Annotated[str, Field(max_length=2**20)]
    observed: tuple[Observed, ...] = Field(default=(), max_length=MAX_FILES)
    proposal: Proposed | None

    @property
    def today(self) -> dt.date:
        """Return the UTC date of the night."""
        return self.now.astimezone(dt.UTC).date()
