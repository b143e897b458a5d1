"""Small pictures as they are handed over: levels, so that nothing hostile has to be decoded."""

import io
import zlib
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from PIL import Image

from flows.night.handover import refused
from flows.night.handover.model import (
    PairEntry,
    PictureEntry,
    PlaneEntry,
    Proposed,
    StripEntry,
    VolumeEntry,
)
from flows.night.plan.previews.thumbnails import encoded
from flows.proposal.pictures import (
    PairPictures,
    Pictures,
    PlanePictures,
    Thumbnail,
    VolumePictures,
)


def entry(
    picture: Thumbnail,
    keep: Callable[[bytes], str],
    *,
    kind: type[PictureEntry] = PictureEntry,
) -> PictureEntry:
    """Return what is handed over of a picture that this process drew.

    Args:
        picture: The picture.
        keep: Keeps a content, and returns its digest.
        kind: How large it may be.
    """
    with Image.open(io.BytesIO(picture.webp), formats=["WEBP"]) as opened:
        levels = np.asarray(opened.convert("RGB"))
    is_grey = bool((levels == levels[..., :1]).all())
    shown = levels[..., 0] if is_grey else levels
    return kind(
        content=keep(zlib.compress(np.ascontiguousarray(shown).tobytes(), 6)),
        width=picture.width,
        height=picture.height,
        channels=1 if is_grey else 3,
    )


def pair_entries(pictures: Pictures, keep: Callable[[bytes], str]) -> tuple[PairEntry, ...]:
    """Return what is handed over of the pictures of copies.

    Args:
        pictures: All pictures.
        keep: Keeps a content, and returns its digest.
    """
    return tuple(
        PairEntry(
            keys=keys,
            copy=entry(drawn.copy, keep),
            original=entry(drawn.original, keep),
            registered=drawn.registered,
        )
        for keys, drawn in sorted(pictures.pairs.items())
    )


def volume_entries(pictures: Pictures, keep: Callable[[bytes], str]) -> tuple[VolumeEntry, ...]:
    """Return what is handed over of the pictures of volumes.

    Args:
        pictures: All pictures.
        keep: Keeps a content, and returns its digest.
    """
    return tuple(
        VolumeEntry(
            source=source,
            volume=volume,
            planes=tuple(
                PlaneEntry.model_validate(
                    {
                        "axis": plane.axis,
                        "numbers": plane.numbers,
                        "count": plane.count,
                        "strip": entry(plane.strip, keep, kind=StripEntry),
                    }
                )
                for plane in drawn.planes
            ),
            masks=drawn.masks,
        )
        for (source, volume), drawn in sorted(pictures.volumes.items())
    )


def entries(proposed: Proposed) -> Iterator[PictureEntry]:
    """Return all pictures of a handover."""
    yield from proposed.thumbnails.values()
    for pair in proposed.pairs:
        yield from (pair.copy_, pair.original)
    for volume in proposed.volumes:
        yield from (plane.strip for plane in volume.planes)


def pictures(proposed: Proposed, contents: Mapping[str, bytes]) -> Pictures:
    """Write the pictures anew from their levels.

    Args:
        proposed: What was handed over.
        contents: Its contents, by digest.

    Raises:
        HandoverError: One has more or fewer levels than it says.
    """
    return Pictures(
        {blob: _drawn(one, contents) for blob, one in sorted(proposed.thumbnails.items())},
        {
            pair.keys: PairPictures(
                _drawn(pair.copy_, contents), _drawn(pair.original, contents), pair.registered
            )
            for pair in proposed.pairs
        },
        proposed.left_out,
        {(one.source, one.volume): _volume(one, contents) for one in proposed.volumes},
    )


def _volume(one: VolumeEntry, contents: Mapping[str, bytes]) -> VolumePictures:
    planes = []
    for plane in one.planes:
        if plane.strip.height % len(plane.numbers):
            raise refused("the planes of a volume are of several heights")
        strip = _drawn(plane.strip, contents)
        planes.append(PlanePictures(plane.axis, plane.numbers, plane.count, strip))
    return VolumePictures(tuple(planes), one.masks)


def _drawn(entry: PictureEntry, contents: Mapping[str, bytes]) -> Thumbnail:
    size = entry.width * entry.height * entry.channels
    unpacking = zlib.decompressobj()
    try:
        levels = unpacking.decompress(contents[entry.content], size + 1)
    except zlib.error:
        levels = b""
    if len(levels) != size or not unpacking.eof or unpacking.unused_data:
        raise refused("a picture has more or fewer levels than it says")
    mode = "L" if entry.channels == 1 else "RGB"
    return encoded(Image.frombytes(mode, (entry.width, entry.height), levels))
