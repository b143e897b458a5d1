"""The pages of pictures and volumes, and the small pictures on them.

A collection with more pictures than `Site.most_pages` has no file for each: one page shows any of
them, from parts that hold the same words, packed.
"""

import base64
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from flows.site.collect import BATCH, Site
from flows.site.frameworks import FRAMEWORKS
from flows.site.past import events
from flows.site.pictures import Picture
from flows.site.render import issue, page
from flows.site.sources import Shown
from flows.site.statements import beside, statements
from flows.site.volume_planes import file_name, outlined, planes
from flows.site.volumes import Volume, by_picture, facts

MOST_LISTED = 1_000  # volumes, and slices of one
_BESIDE = 6  # copies that are shown beside a picture
_A_PART = 256  # pictures of a part, at most or about
_MODALITIES = {"CT": "ct", "XR": "xray", "DX": "xray", "CR": "xray"}

File = tuple[str, bytes]


def picture_pages(site: Site) -> Iterator[File]:
    """Return the page of each picture and its small picture, or the parts that one page shows."""
    volumes = by_picture(site.volumes)
    if not site.has_files:
        yield from _parts(site, volumes)
        return
    pictures = iter(site.pictures)
    while batch := list(islice(pictures, BATCH)):
        small = _small(site, batch)
        for picture in batch:
            values = _values(site, picture, volumes.get(picture.image_id, ()))
            yield (
                site.address(picture.image_id),
                page("picture.html.j2", depth=2, here="catalogue", small=small.keys(), **values),
            )
            if picture.image_id in small:
                yield thumbnail(picture.image_id), small[picture.image_id]


def _small(site: Site, batch: Sequence[Picture]) -> Mapping[str, bytes]:
    """Return small pictures by name, of a batch and its copies, where they may be shown."""
    names = {name for p in batch for name in (p.image_id, *(c.image_id for c in p.copies))}
    blobs = {name: site.by_id[name].first.blob for name in names & site.small}
    found = site.features(sorted(set(blobs.values())))
    return {name: found[blob].frame for name, blob in blobs.items() if blob in found}


def thumbnail(image_id: str) -> str:
    """Return where a picture's small picture is.

    >>> thumbnail("c19-00ff000000000000")
    'pictures/00/c19-00ff000000000000.jpg'
    """
    return f"pictures/{image_id[4:6]}/{image_id}.jpg"


def volume_pages(site: Site) -> Iterator[File]:
    """Return the page of each volume, and the list of them."""
    listed = page("volumes.html.j2", depth=1, here="volumes", site=site, most=MOST_LISTED)
    yield "volumes/index.html", listed
    for volume in site.volumes:
        drawn = site.draw(volume) if site.shows(volume) else None
        yield (
            volume.page,
            page(
                "volume.html.j2",
                depth=1,
                here="volumes",
                site=site,
                volume=volume,
                slices=volume.slices[:MOST_LISTED],
                planes=list(planes(volume, drawn)) if drawn else [],
                outlines=outlined(volume, drawn),
                facts=facts(volume),
                frameworks=FRAMEWORKS,
                split=volume.slices[0].picture.first.split,
                **_reported(site, [f"{r.source}/{r.volume}" for r in volume.rows]),
            ),
        )
        for plane in drawn.planes if drawn else ():
            yield f"volumes/{file_name(volume, plane.strip.axis)}", plane.webp()


def _parts(site: Site, volumes: Mapping[str, Sequence[Volume]]) -> Iterator[File]:
    """Return the page that shows any picture, and the parts: pages by name, deflated, in base64."""
    digits = 1
    while len(site.pictures) > _A_PART * 16**digits:
        digits += 1
    parts: dict[str, list[Picture]] = defaultdict(list)
    for picture in site.pictures:
        parts[picture.image_id[4 : 4 + digits]].append(picture)
    yield "pictures/index.html", page("pictures.html.j2", depth=1, here="catalogue", digits=digits)
    for name, part in sorted(parts.items()):
        pages = {p.image_id: _words(site, p, volumes.get(p.image_id, ())) for p in part}
        packed = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        raw = packed.compress(json.dumps(pages).encode()) + packed.flush()
        called = json.dumps([name, base64.b64encode(raw).decode()])[1:-1]
        yield f"pictures/parts/{name}.js", f"picturesAre({called});\n".encode("ascii")


def _words(site: Site, picture: Picture, volumes: Sequence[Volume]) -> str:
    values = _values(site, picture, volumes)
    return page("picture_main.html.j2", depth=1, here="", small=(), **values).decode()


def _values(site: Site, picture: Picture, volumes: Sequence[Volume]) -> dict[str, object]:
    by_name = {shown.source.name: shown for shown in site.sources}
    places = [_place(by_name.get(row.source), row.path) for row in picture.rows]
    copies = [(copy, site.by_id[copy.image_id]) for copy in picture.copies]
    return {
        "site": site,
        "picture": picture,
        "first": picture.first,
        "statements": statements(picture.rows),
        "places": places,
        "place": next(filter(None, places), None),
        "source": by_name.get(picture.first.source),
        "copies": [(copy, other, _owner(by_name, other)) for copy, other in copies],
        "beside": beside([picture, *(other for _, other in copies[:_BESIDE])]),
        "shown_beside": _BESIDE,
        "timeline": _timeline(site, picture),
        "events": events(picture, site.past),
        "volumes": volumes,
        "frameworks": FRAMEWORKS,
        "modality": _MODALITIES.get(picture.first.modality or ""),
        "thumbnail": thumbnail,
    } | _reported(site, [row.key for row in picture.rows])


def _reported(site: Site, keys: Sequence[str]) -> dict[str, object]:
    images = "\n".join(keys)
    return {
        "wrong": issue(site.repository, "wrong-label-or-licence.yml", images=images),
        "takedown": issue(site.repository, "takedown.yml", images=images),
    }


def _timeline(site: Site, picture: Picture) -> list[Picture]:
    """Return the pictures of a patient in the order of their days, this one among them."""
    if not picture.patient:
        return []
    patient = [picture, *(site.by_id[other] for other in picture.patient)]
    return sorted(patient, key=lambda p: (*_day(p), p.image_id))


def _day(picture: Picture) -> tuple[bool, int]:
    day = picture.first.offset_days
    return day is None, day or 0


def _place(shown: Shown | None, path: str) -> str | None:
    return shown.owners_page(path) if shown else None


def _owner(by_name: Mapping[str, Shown], picture: Picture) -> str | None:
    return _place(by_name.get(picture.first.source), picture.first.path)
