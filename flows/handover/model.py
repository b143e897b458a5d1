"""What a handover says: `proposal.json`. Contents lie beside it, named by their SHA-256."""

import datetime as dt
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from flows.forge.health import Health

SCHEMA = 1
INDEX = "proposal.json"
CONTENT = "content"
MAX_INDEX_BYTES = 8 * 2**20
MAX_FILE_BYTES = 128 * 2**20
MAX_BYTES = 1024 * 2**20
MAX_FILES = 2_000


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
Line = Annotated[str, Field(max_length=1_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class SheetEntry(_Strict):
    """One contact sheet."""

    name: Name
    content: Digest
    media_type: Annotated[str, Field(pattern=r"^image/(jpeg|png)$")]
    alt: Annotated[str, Field(max_length=2_000)]
    caption: Annotated[str, Field(max_length=2_000)]


class Proposed(_Strict):
    """A proposal, its contents by their digests.

    Attributes:
        title: One sentence.
        body: The words, in Markdown.
        page: The review page.
        files: New contents by path.
        pins: New submodule commits by source name.
        described: The upstream commit that each source is described at.
        review_reasons: Why a person should look before merging.
        sheets: Pictures of what changed.
        deleted: Paths that are deleted.
        content: Digest of all of it, `Proposal.content_hash`.
    """

    title: Line
    body: Digest
    page: Digest
    files: dict[Path_, Digest] = Field(max_length=MAX_FILES)
    pins: dict[Name, Sha] = Field(max_length=MAX_FILES)
    described: dict[Name, Sha] = Field(max_length=MAX_FILES)
    review_reasons: tuple[Annotated[str, Field(max_length=4_000)], ...] = ()
    sheets: tuple[SheetEntry, ...] = Field(default=(), max_length=20)
    deleted: tuple[Path_, ...] = Field(default=(), max_length=MAX_FILES)
    content: Digest


class Handover(_Strict):
    """What one process hands to another.

    Attributes:
        schema_version: How this is written; `schema` in the JSON.
        base: The commit the night started from.
        now: When it ran.
        feedback_token: The forge's token of the feedback that was read.
        health: How the sources are.
        proposal: What is proposed; `None` when nothing is.
    """

    schema_version: int = Field(default=SCHEMA, alias="schema", ge=SCHEMA, le=SCHEMA)
    base: Sha
    now: AwareDatetime
    feedback_token: Annotated[str, Field(max_length=2**20)]
    health: Health
    proposal: Proposed | None

    @property
    def today(self) -> dt.date:
        """Return the UTC date of the night."""
        return self.now.astimezone(dt.UTC).date()
