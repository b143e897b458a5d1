"""How the sources are after a night, as plain data for status pages, summaries and programs."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from flows.proposal.changes import SourceChange, headline
from flows.upstream.outcome import Failure, Rewritten

_Words = Annotated[str, Field(max_length=2_000)]
_Count = Annotated[int, Field(ge=0)]


class SourceHealth(BaseModel):
    """How one source is.

    Attributes:
        source: Its name.
        outcome: What its upstream did, in a word.
        says: The same for people.
        images: Image files there now.
        counts: What changed.
        refused: Files among the new ones that could not be read.
        problems: What else could not be explained.
        review_reason: Why a person should look before it is merged.
        stale: Whether its upstream could not be followed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Annotated[str, Field(max_length=200)]
    outcome: Annotated[str, Field(max_length=40)]
    says: _Words
    images: _Count
    counts: dict[Annotated[str, Field(max_length=40)], _Count] = {}
    refused: _Count = 0
    problems: _Count = 0
    review_reason: _Words | None = None
    stale: bool = False


class Health(BaseModel):
    """How a night went.

    Attributes:
        date: UTC date.
        headline: The night in one sentence.
        sources: Each source that was visited.
        failed: Why the proposal could not be sent to the forge, if it could not.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: dt.date
    headline: _Words
    sources: tuple[SourceHealth, ...]
    failed: _Words | None = None

    def failing(self, why: str | None) -> "Health":
        """Return the same health with the reason why the proposal could not be applied."""
        return self.model_copy(update={"failed": why[:2_000] if why else None})

    @property
    def good(self) -> bool:
        """Return whether nothing needs a person."""
        return self.failed is None and not any(
            one.stale or one.review_reason or one.refused for one in self.sources
        )


def health(changes: Sequence[SourceChange], date: dt.date) -> Health:
    """Return the health of every source after a run.

    Args:
        changes: What happened to each source that was visited.
        date: UTC date of the night.
    """
    sources = sorted((_source(change) for change in changes), key=lambda one: one.source)
    return Health(date=date, headline=headline(changes)[:2_000], sources=tuple(sources))


def _source(change: SourceChange) -> SourceHealth:
    return SourceHealth(
        source=change.source.name,
        outcome=type(change.outcome).__name__,
        says=change.says[:2_000],
        images=change.images,
        counts={words: n for words, n in change.counts().items() if n},
        refused=sum(record.status == "refused" for record in change.added),
        problems=len(change.problems),
        review_reason=change.review_reason[:2_000] if change.review_reason else None,
        stale=isinstance(change.outcome, Failure | Rewritten),
    )
