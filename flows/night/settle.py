"""Align the base with the configuration, where sources were renamed or removed.

It is done before upstreams are asked, and once more when they said whose repositories they are. All
later stages see a base that knows the configured sources only; what is committed stays at hand, for
the proposal is the difference to that.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flows.collection import lives
from flows.collection.state import State
from flows.config.source import Source
from flows.proposal.modules import urls
from flows.upstream.identity import Identity


@dataclass(frozen=True, slots=True)
class Settled:
    """A base as the configuration names its sources.

    Attributes:
        base: It.
        written: The same as it is committed.
        renamed: New names by old ones.
        retired: Sources that are configured no longer.
    """

    base: State
    written: State
    renamed: Mapping[str, str] = field(default_factory=dict)
    retired: tuple[str, ...] = ()

    def formerly(self, name: str) -> str | None:
        """Return how a source was called in what is committed, if otherwise."""
        return next((old for old, new in self.renamed.items() if new == name), None)


def settle(
    written: State, sources: Sequence[Source], identities: Mapping[str, Identity] | None = None
) -> Settled:
    """Align a state with the sources that are configured.

    Args:
        written: The collection as it is committed.
        sources: All configured sources.
        identities: Whose repositories upstreams said to be, by source.
    """
    names = {source.name for source in sources}
    orphans = sorted(_orphans(written, names))
    if not orphans:
        return Settled(written, written)
    new = [source for source in sources if source.name not in written.described]
    renamed: dict[str, str] = {}
    for orphan in orphans:
        free = [source for source in new if source.name not in renamed.values()]
        if found := _now(orphan, written, free, identities or {}):
            renamed[orphan] = found
    return settled_as(written, sources, renamed)


def settled_as(written: State, sources: Sequence[Source], renamed: Mapping[str, str]) -> Settled:
    """Align a state with the sources that are configured, where their names are known.

    Args:
        written: The collection as it is committed.
        sources: All configured sources.
        renamed: New names by old ones.
    """
    names = {source.name for source in sources}
    retired = tuple(sorted(_orphans(written, names) - renamed.keys()))
    if not renamed and not retired:
        return Settled(written, written)
    base = lives.without(lives.renamed(written, renamed), retired)
    return Settled(base, written, renamed, retired)


def _orphans(written: State, names: Container[str]) -> set[str]:
    """Return the sources that have more than tombstones, and other names than these."""
    live = {
        name
        for name, rows in written.records.items()
        if name not in names and any(row.status != "withdrawn" for row in rows)
    }
    known = {*written.described, *written.pins, *urls(written.gitmodules)}
    return live | {name for name in known if name not in names}


def _now(
    orphan: str, written: State, new: Iterable[Source], identities: Mapping[str, Identity]
) -> str | None:
    """Return what a source is called now: one at the same place, or the same repository."""
    row = written.described.get(orphan)
    place = urls(written.gitmodules).get(orphan)
    if row is None:
        return None
    for source in new:
        configured = source.identity.repository if source.identity else None
        observed = identities[source.name].repository if source.name in identities else None
        if place and _same_place(place, source.url):
            return source.name
        if row.repository is not None and row.repository in (configured, observed):
            return source.name
    return None


def _same_place(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def _plain(url: str) -> str:
    short = url.rstrip("/").removesuffix(".git")
    return short if short.startswith(("/", "file:")) else short.lower()
