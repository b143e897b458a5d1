"""Build the site: every file of it, from the collection's state and nothing else."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from flows.collection.state import State
from flows.config.load import Config
from flows.site import facets, seen
from flows.site.features import Fetch, Lookup, found_by, kept, none_of, planes, rainbows, whole
from flows.site.pictures import Picture, pictures
from flows.site.releases import FRAMEWORKS, Release, listed
from flows.site.render import HERE, issue, page
from flows.site.shards import cut
from flows.site.sources import Shown, shared, sources
from flows.site.statements import statements
from flows.upstream.addresses import PUBLIC

A_PAGE = 200  # pictures that a page of a source lists, about
_ENGINE = (
    "planes.js",
    "sift.js",
    "features.js",
    "registration.js",
    "texture.js",
    "decide.js",
    "colours.js",
)
_STATIC = (
    "style.css",
    "catalogue.js",
    "phash.js",
    "releases.js",
    "candidates.js",
    "seen.js",
    *_ENGINE,
)


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages are drawn from.

    Attributes:
        pictures: All pictures that are shown.
        sources: All configured sources.
        repository: Our own repository's page, where it is known.
        releases: What is published, newest first.
        features: Looks up what pictures are recognised by.
    """

    pictures: tuple[Picture, ...]
    sources: tuple[Shown, ...]
    repository: str | None
    releases: tuple[Release, ...] = ()
    features: Lookup = none_of


def collect(state: State, config: Config, published: Iterable[Release] = ()) -> Site:
    """Collect what the pages are drawn from.

    Args:
        state: The collection.
        config: The configuration that it was written with.
        published: The releases, newest first.
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
    )


def with_features(site: Site, cache: Path, fetch: Fetch) -> Site:
    """Return the site with what its pictures are recognised by.

    Args:
        site: The site.
        cache: The folder of what may be lost: a night's, where features are kept.
        fetch: Fetches a file of a release, for a cache that has not all of them.
    """
    blobs = [picture.first.blob for picture in site.pictures]
    shards = site.releases[0].index.shards if site.releases else ()
    return replace(site, features=kept(cache, blobs, shards, fetch))


def build(site: Site, *, pages: bool = True) -> Iterator[tuple[str, bytes]]:
    """Return every file of the site, by path.

    Args:
        site: What the pages are drawn from.
        pages: Whether each picture has its page; benchmarks of the catalogue do without.
    """
    yield ".nojekyll", b""
    for name in _STATIC:
        yield name, (HERE / name).read_bytes()
    matrix = shared(site.sources, site.pictures)
    numbers = {
        "pictures": len(site.pictures),
        "images": sum(len(picture.rows) for picture in site.pictures),
        "copied": sum(bool(p.copies) or len(p.rows) > 1 for p in site.pictures),
        "disputed": sum(picture.disputed for picture in site.pictures),
    }
    yield "index.html", page("index.html.j2", depth=0, here="start", site=site, numbers=numbers)
    yield (
        "sources/index.html",
        page("sources.html.j2", depth=1, here="sources", site=site, matrix=matrix),
    )
    for shown in site.sources:
        yield from _source(site, shown)
    yield from _catalogue(site)
    yield from _seen(site)
    yield from _releases(site)
    if pages:
        yield from _pictures(site)


def address(image_id: str) -> str:
    """Return where a picture's page is.

    >>> address("c19-00ff000000000000")
    'pictures/00/c19-00ff000000000000.html'
    """
    return f"pictures/{image_id[4:6]}/{image_id}.html"


def _source(site: Site, shown: Shown) -> Iterator[tuple[str, bytes]]:
    name = shown.source.name
    parts = list(cut(shown.pictures, lambda picture: picture.image_id, about=A_PAGE)) or [()]
    for number, part in enumerate(parts, start=1):
        yield (
            f"sources/{name}/{_page_name(number)}",
            page(
                "source.html.j2",
                depth=2,
                here="sources",
                site=site,
                shown=shown,
                listed=[(address(p.image_id), facets.row(p)) for p in part],
                number=number,
                pages=[_page_name(n) for n in range(1, len(parts) + 1)],
            ),
        )


def _page_name(number: int) -> str:
    return "index.html" if number == 1 else f"{number}.html"


def _catalogue(site: Site) -> Iterator[tuple[str, bytes]]:
    found = facets.groups(site.pictures)
    yield (
        "catalogue/index.html",
        page("catalogue.html.j2", depth=1, here="catalogue", site=site, facets=list(facets.FACETS)),
    )
    parts = facets.shards(found)
    yield "catalogue/facets.js", _data("catalogueIs", facets.index(found, parts))
    yield "catalogue/columns.js", _data("columnsAre", facets.columns(found))
    for part in parts:
        name = part[0].image_id
        rows = [facets.row(picture) for picture in part]
        yield f"catalogue/rows/{name}.js", _data("rowsAre", name, rows)


def _seen(site: Site) -> Iterator[tuple[str, bytes]]:
    yield "seen/index.html", page("seen.html.j2", depth=1, here="seen", engine=_ENGINE)
    yield "seen/index.js", _data("seenIs", seen.index(site.pictures))
    for digits, packed in seen.pixels(site.pictures):
        yield f"seen/pixels/{digits}.js", _data("pixelsAre", digits, packed)
    for digits, packed in seen.files(site.pictures):
        yield f"seen/files/{digits}.js", _data("filesAre", digits, packed)
    yield from _features(site)


def _features(site: Site) -> Iterator[tuple[str, bytes]]:
    yield "seen/hyperplanes.js", _data("hyperplanesAre", planes())
    yield "seen/rainbows.js", _data("rainbowsAre", rainbows())
    for digits, part in seen.described(site.pictures, site.features):
        yield f"seen/codes/{digits}.js", _data("codesAre", digits, found_by(part))
        for picture, found in part:
            name = picture.image_id.removeprefix("c19-")
            content = _data("featuresAre", name, whole(picture, found))
            yield f"seen/features/{name[:2]}/{name}.js", content


def _releases(site: Site) -> Iterator[tuple[str, bytes]]:
    index = page("releases.html.j2", depth=1, here="releases", releases=site.releases)
    yield "releases/index.html", index
    for one in site.releases:
        version = one.index.version
        values = {"release": one, "frameworks": FRAMEWORKS}
        yield (
            f"releases/{version}/index.html",
            page("release.html.j2", depth=2, here="releases", **values),
        )
        if one.before:
            yield f"releases/changes/{version}.js", _data("changesAre", version, listed(one))


def _data(function: str, *values: object) -> bytes:
    """Write data as a script that a page may also load from a folder; JSON in ASCII is inert."""
    encoded = ",".join(json.dumps(value, separators=(",", ":")) for value in values)
    return f"{function}({encoded});\n".encode("ascii")


def _pictures(site: Site) -> Iterator[tuple[str, bytes]]:
    by_name = {shown.source.name: shown for shown in site.sources}
    for picture in site.pictures:
        keys = "\n".join(row.key for row in picture.rows)
        yield (
            address(picture.image_id),
            page(
                "picture.html.j2",
                depth=2,
                here="catalogue",
                picture=picture,
                first=picture.first,
                statements=statements(picture.rows),
                places=[_place(by_name.get(row.source), row.path) for row in picture.rows],
                source=by_name.get(picture.first.source),
                address=address,
                wrong=issue(site.repository, "wrong-label-or-licence.yml", images=keys),
                takedown=issue(site.repository, "takedown.yml", images=keys),
            ),
        )


def _place(shown: Shown | None, path: str) -> str | None:
    return shown.owners_page(path) if shown else None
