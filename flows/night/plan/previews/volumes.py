"""Show new volumes as they were drawn when they were decoded, with the masks that lie on them."""

from collections.abc import Iterable

from flows.decoding.cache import Cache
from flows.decoding.strips import Plane, drawn
from flows.proposal.pictures import PlanePictures, Thumbnail, VolumePictures
from flows.proposal.volumes import NewVolume

MOST_VOLUMES = 12
"""Volumes that one proposal shows."""


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


def _plane(plane: Plane) -> PlanePictures:
    strip, (width, height) = plane.strip, plane.picture.size
    picture = Thumbnail(plane.webp(), width, height)
    return PlanePictures(strip.axis, strip.numbers, strip.count, picture)
