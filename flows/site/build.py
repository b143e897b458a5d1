"""Build the site: every file of it."""

import json
from collections.abc import Iterator

from flows.forge.pages import ON_THE_SITE
from flows.site import facets, past, seen
from flows.site.collect import Site
from flows.site.features import found_by, planes, rainbows, whole
from flows.site.frameworks import FRAMEWORKS
from flows.site.picture_pages import picture_pages, volume_pages
from flows.site.releases import listed
from flows.site.render import HERE, page
from flows.site.shards import cut
from flows.site.sources import Shown, shared
from flows.text.planes import assets

A_PAGE = 200  # pictures that a page of a source lists, about
_MOVES = 50  # proposals that a source's page lists
_ENGINE = (
    "phash.js",
    "planes.js",
    "sift.js",
    "features.js",
    "registration.js",
    "texture.js",
    "decide.js",
    "colours.js",
    "dicom.js",
    "candidates.js",
    "lookup.js",
)
_TABLES = ("hyperplanes.js", "rainbows.js", "index.js")
_STATIC = (
    "style.css",
    "icon.svg",
    "catalogue-row.js",
    "catalogue.js",
    "releases.js",
    "pictures.js",
    "seen.js",
    *_ENGINE,
)


def build(site: Site, *, pages: bool = True) -> Iterator[tuple[str, bytes]]:
    """Return every file of the site, by path.

    Args:
        site: What the pages are drawn from.
        pages: Whether each picture has its page; benchmarks of the catalogue do without.
    """
    yield ".nojekyll", b""
    for name in _STATIC:
        yield name, (HERE / name).read_bytes()
    yield from assets().items()
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
    yield from _review(site)
    yield from volume_pages(site)
    if pages:
        yield from picture_pages(site)


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
                listed=[(site.address(p.image_id), facets.row(p)) for p in part],
                moves=past.of_source(name, site.proposals)[:_MOVES],
                moved=next((m.merge for m in site.proposals if name in m.merge.moved), None),
                waits=site.night.status.open_issues.get(name),
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
    owners = {one.source.name: at for one in site.sources if (at := one.owners_page(""))}
    index = facets.index(found, parts, has_files=site.has_files, owners=owners)
    yield "catalogue/facets.js", _data("catalogueIs", index)
    yield "catalogue/columns.js", _data("columnsAre", facets.columns(found))
    for part in parts:
        name = part[0].image_id
        rows = [[*facets.row(p), int(p.image_id in site.small)] for p in part]
        yield f"catalogue/rows/{name}.js", _data("rowsAre", name, rows)


def _seen(site: Site) -> Iterator[tuple[str, bytes]]:
    index = seen.index(site.pictures)
    engine = [*(f"../{name}" for name in _ENGINE), *_TABLES]
    values = {"engine": engine, "pictures": index["pictures"], "files": site.has_files}
    yield "seen/index.html", page("seen.html.j2", depth=1, here="seen", **values)
    worker = f"importScripts({', '.join(map(json.dumps, engine))});\n".encode("ascii")
    yield "seen/worker.js", worker + (HERE / "worker.js").read_bytes()
    yield "seen/index.js", _data("seenIs", index)
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
            may_show = picture.image_id in site.may_show
            content = _data("featuresAre", name, whole(picture, found, may_show=may_show))
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


def _review(site: Site) -> Iterator[tuple[str, bytes]]:
    """Return the open proposal at an address that stays, and pages of those that were merged."""
    nothing = page("nothing_open.html.j2", depth=2, here="review")
    yield ON_THE_SITE, site.night.review or nothing
    yield "review/index.html", page("review.html.j2", depth=1, here="review", site=site)
    for one in site.proposals:
        if one.page:
            words = page("merged.html.j2", depth=1, here="review", site=site, one=one)
            yield f"review/{one.page}", words


def _data(function: str, *values: object) -> bytes:
    """Write data as a script that a page may also load from a folder; JSON in ASCII is inert."""
    encoded = ",".join(json.dumps(value, separators=(",", ":")) for value in values)
    return f"{function}({encoded});\n".encode("ascii")
