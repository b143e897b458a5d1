"""Collect what the site's pages are drawn from: the collection's state and nothing else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from flows.collection.histories import NONE, Histories
from flows.collection.state import State
from flows.config.licences import lets_ship
from flows.config.load import Config
from flows.site import past, volumes
from flows.site.features import Fetch, Lookup, kept, none_of
from flows.site.night import LastRun
from flows.site.past import Merged
from flows.site.pictures import Picture, pictures
from flows.site.releases import Release
from flows.site.sources import Shown, sources
from flows.site.volume_planes import Draw, none_drawn
from flows.site.volume_planes import kept as drawn_in
from flows.site.volumes import Volume
from flows.text.links import PUBLIC

MOST_PAGES = 50_000
"""Pictures up to which each has a file of its own; one page shows those of larger collections."""

BATCH = 500
"""Pictures whose features are read at a time."""


@dataclass(frozen=True)
class Site:
    """What the pages are drawn from.

    Attributes:
        pictures: All pictures that are shown.
        sources: All configured sources.
        repository: Our own repository's page, where it is known.
        releases: What is published, newest first.
        features: Looks up what pictures are recognised by.
        may_show: Names of the pictures whose licence lets us show them.
        past: What happened to all rows.
        volumes: The volumes that are shown.
        night: What the last night saw.
        draw: Looks up how volumes were drawn.
        most_pages: Pictures up to which each has a file of its own.
    """

    pictures: tuple[Picture, ...]
    sources: tuple[Shown, ...]
    repository: str | None
    releases: tuple[Release, ...] = ()
    features: Lookup = none_of
    may_show: frozenset[str] = frozenset()
    past: Histories = NONE
    volumes: tuple[Volume, ...] = ()
    night: LastRun = field(default_factory=LastRun)
    draw: Draw = none_drawn
    most_pages: int = MOST_PAGES

    @cached_property
    def proposals(self) -> list[Merged]:
        """Return the merged proposals, newest first."""
        return past.merged(self.past, self.pictures)

    @cached_property
    def by_id(self) -> Mapping[str, Picture]:
        """Return the pictures by name."""
        return {picture.image_id: picture for picture in self.pictures}

    @cached_property
    def small(self) -> frozenset[str]:
        """Return the names of the pictures whose small picture is shown."""
        if not self.has_files:
            return frozenset()
        shown = [picture for picture in self.pictures if picture.image_id in self.may_show]
        found: set[str] = set()
        for at in range(0, len(shown), BATCH):
            part = shown[at : at + BATCH]
            known = self.features(picture.first.blob for picture in part).keys()
            found.update(p.image_id for p in part if p.first.blob in known)
        return frozenset(found)

    @property
    def has_files(self) -> bool:
        """Return whether each picture has a file of its own."""
        return len(self.pictures) <= self.most_pages

    def shows(self, volume: Volume) -> bool:
        """Return whether the licence of each picture of a volume lets us show it."""
        return all(one.picture.image_id in self.may_show for one in volume.slices)

    def address(self, image_id: str) -> str:
        """Return where a picture is shown."""
        if not self.has_files:
            return f"pictures/index.html#{image_id}"
        return f"pictures/{image_id[4:6]}/{image_id}.html"


def collect(
    state: State,
    config: Config,
    published: Iterable[Release] = (),
    *,
    histories: Histories = NONE,
    night: LastRun | None = None,
) -> Site:
    """Collect what the pages are drawn from.

    Args:
        state: The collection.
        config: The configuration that it was written with.
        published: The releases, newest first.
        histories: What happened to all rows.
        night: What the last night saw.
    """
    by_name = {source.name: source for source in config.sources}
    records = (row for name in sorted(state.records) for row in state.records[name])
    found = tuple(pictures(records, state.pairs, by_name))
    forge = config.policy.forge
    server = forge.server.rstrip("/")
    return Site(
        found,
        tuple(sources(config.sources, state, found, (server, PUBLIC))),
        f"{server}/{forge.repository}" if forge.repository else None,
        tuple(published),
        may_show=frozenset(
            p.image_id for p in found if lets_ship(p.first.licence, config.licences)
        ),
        past=histories,
        volumes=tuple(volumes.shown(state.volumes, found, by_name)),
        night=night or LastRun(),
    )


def with_features(site: Site, cache: Path, fetch: Fetch) -> Site:
    """Return the site with what its pictures are recognised by, and how volumes were drawn.

    Args:
        site: The site.
        cache: The folder of what may be lost: a night's, where features are kept.
        fetch: Fetches a file of a release, for a cache that has not all of them.
    """
    blobs = [picture.first.blob for picture in site.pictures]
    shards = site.releases[0].index.shards if site.releases else ()
    return replace(site, features=kept(cache, blobs, shards, fetch), draw=drawn_in(cache))
