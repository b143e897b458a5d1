"""One source on its way through the stages of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flows.collection.volumes import NONE, Volumes
from flows.config.source import Source
from flows.decoding.result import DecodeResult
from flows.labels.rows import Description
from flows.night.listing import Scan
from flows.upstream.identity import Identity
from flows.upstream.observe import Tip
from flows.upstream.outcome import Outcome, Unreachable


@dataclass(frozen=True, slots=True)
class SourceRun:
    """One source on its way through the night; later steps fill in more.

    Attributes:
        source: Its configuration.
        outcome: What its upstream did.
        tip: Where its branch is, if it answered.
        scan: What it holds now, if it moved or must be described anew.
        results: What its blobs turned out to be.
        described: Its rows.
        volumes: What volumes its pictures make.
        identity: Whose repository it is, where GitHub says.
    """

    source: Source
    outcome: Outcome
    tip: Tip | None = None
    scan: Scan | None = None
    results: Mapping[str, DecodeResult] = field(default_factory=dict)
    described: Description | None = None
    volumes: Volumes = NONE
    identity: Identity | None = None

    @property
    def unanswered(self) -> bool:
        """Return whether its upstream did not answer, so that asking again may help."""
        return isinstance(self.outcome, Unreachable)
