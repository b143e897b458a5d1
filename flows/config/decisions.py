"""What people decided: `config/decisions.toml`. It always wins."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from covid19_images.manifest.identifiers import ImageReference, SourceName
from covid19_images.manifest.reasons import ReasonClass
from covid19_images.manifest.record import DuplicateKind


class Decision(BaseModel):
    """One verdict of a person; it is never asked for again.

    Attributes:
        a: One picture: its key `source/path`, or its `image_id`.
        b: The other.
        verdict: Whether they are the same picture.
        kind: How one differs from the other, where they are the same and no machine said.
        by: Who decided.
        date: When.
        why: In words, for the next reader.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    a: ImageReference
    b: ImageReference
    verdict: Literal["same", "different"]
    kind: DuplicateKind = "reencoded"
    by: str
    date: dt.date
    why: str = ""


class Ignoring(BaseModel):
    """A source that is left alone for a while: it is not visited before that day.

    Attributes:
        source: The source's name.
        until: The first day it is visited again (UTC).
        by: Who asked for it.
        why: In words, for the next reader.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: SourceName
    until: dt.date
    by: str
    why: str = ""


class Pin(BaseModel):
    """A source that stays at an upstream commit, or goes back to it, until somebody releases it.

    Attributes:
        source: The source's name.
        commit: The upstream commit.
        by: Who asked for it.
        date: When.
        released: The day it was released, where it was; then the source moves on again.
        why: In words, for the next reader.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: SourceName
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    by: str
    date: dt.date
    released: dt.date | None = None
    why: str = ""


class Exclusion(BaseModel):
    """A picture that must not be used: its row stays, marked `excluded`, as long as this stands.

    Attributes:
        image: Its key `source/path`, or its `image_id`.
        reason: Why, as a class: the only word of it that is published in releases.
        date: When it was decided.
        by: Who decided.
        why: In words, for the next maintainer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: ImageReference
    reason: ReasonClass
    date: dt.date
    by: str
    why: str = ""


class Keep(BaseModel):
    """A copy that stays in use although its picture was withdrawn or taken down before that day.

    Attributes:
        image: Its key `source/path`, or its `image_id`.
        by: Who decided.
        date: When; a takedown of a later day is another question.
        why: In words, for the next reader: renamed, replaced by a better one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: ImageReference
    by: str
    date: dt.date
    why: str = ""


class Finding(BaseModel):
    """What a person says a picture shows, where its sources contradict each other.

    Attributes:
        image: Key `source/path` of one of its rows, or its `image_id`.
        value: The finding, in the collection's words.
        by: Who decided.
        date: When.
        why: In words, for the next reader.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: ImageReference
    value: Annotated[str, Field(min_length=1)]
    by: str
    date: dt.date
    why: str = ""


class Decisions(BaseModel):
    """What people decided: `config/decisions.toml`; there need not be one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pairs: tuple[Decision, ...] = ()
    ignore: tuple[Ignoring, ...] = ()
    exclude: tuple[Exclusion, ...] = ()
    keep: tuple[Keep, ...] = ()
    finding: tuple[Finding, ...] = ()
    pin: tuple[Pin, ...] = ()

    def ignored_until(self, source: str, today: dt.date) -> dt.date | None:
        """Return the day until which a source is left alone; `None` where it is to be visited.

        Where people asked for it more than once, the last in the file counts.
        """
        days = [one.until for one in self.ignore if one.source == source]
        return days[-1] if days and days[-1] > today else None

    def pinned(self, source: str) -> Pin | None:
        """Return where a source stays; `None` where it moves with its upstream.

        Where people asked for it more than once, the last in the file counts.
        """
        pins = [one for one in self.pin if one.source == source]
        return pins[-1] if pins and pins[-1].released is None else None
