"""Show new volumes as they were drawn when they were decoded, with the masks that lie on them."""

import io
from collections.abc import Iterable, Mapping

from PIL import Image

from covid19_images.images.volumes.strips import PICTURE
from flows.decoding.cache import Cache
from flows.decoding.strips import Plane, drawn, outlined
from flows.night.plan.previews.thumbnails import encoded
from flows.proposal.pictures import PlanePictures, Thumbnail, VolumePictures
from flows.proposal.volumes import NewVolume, OutlinedPicture

MOST_VOLUMES = 12
"""Volumes that one proposal shows."""

MOST_OUTLINED = 60
"""Pictures with masks that one proposal shows."""


def volume_pictures(
    memory: Cache, volumes: Iterable[NewVolume]
) -> dict[tuple[str, str], VolumePictures]:
    """Return the pictures of volumes, by source and name; one that was not drawn has none.

    Args:
        memory: What was kept while they were decoded.
        volumes: The volumes. Overviews are pictures, and shown as such.
    """
    found: dict[tuple[str, str], VolumePictures] = {}
    for volume in volumes:
        if len(found) == MOST_VOLUMES:
            break
        made = (
            None if "localizer" in volume.row.finding else drawn(memory, volume.row, volume.masks)
        )
        if made is not None:
            planes = tuple(map(_plane, made.planes))
            found[volume.row.key] = VolumePictures(planes, tuple(m.path for m in made.masks))
    return found


def outlined_pictures(
    memory: Cache,
    pictures: Iterable[OutlinedPicture],
    blobs: Mapping[tuple[str, str], str],
    thumbnails: Mapping[str, Thumbnail],
) -> dict[tuple[str, str], VolumePictures]:
    """Return pictures with what their masks outline, by source and path.

    Args:
        memory: What was kept while masks were decoded.
        pictures: The pictures.
        blobs: The blob of each, by source and path.
        thumbnails: Small pictures, by blob; who has none is not drawn.
    """
    found: dict[tuple[str, str], VolumePictures] = {}
    for one in pictures:
        small = thumbnails.get(blobs.get(one.key, ""))
        if small is None:
            continue
        with Image.open(io.BytesIO(small.webp), formats=["WEBP"]) as picture:
            drawn, masks = outlined(memory, picture, one.masks)
        if masks:
            plane = PlanePictures(PICTURE, (1,), 1, encoded(drawn))
            found[one.key] = VolumePictures((plane,), tuple(mask.path for mask in masks))
    return found


def _plane(plane: Plane) -> PlanePictures:
    strip, (width, height) = plane.strip, plane.picture.size
    picture = Thumbnail(plane.webp(), width, height)
    return PlanePictures(strip.axis, strip.numbers, strip.count, picture)
