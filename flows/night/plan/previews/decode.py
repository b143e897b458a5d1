"""Read and draw a few blobs, in a child process: their bytes are hostile until they are decoded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from covid19_images.images.decode import Limits, read
from covid19_images.images.refused import Refused
from flows.night.plan.previews.pairs import lay
from flows.night.plan.previews.thumbnails import thumbnail
from flows.proposal.changes import NewDuplicate
from flows.proposal.pictures import PairPictures, Thumbnail
from flows.sandbox.processes import start_item_timer
from flows.upstream import blobs, git


@dataclass(frozen=True, slots=True, order=True)
class BlobLocation:
    """Where a blob is: a bare clone that holds it, and its object id."""

    clone: Path
    blob: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One pair to draw."""

    found: NewDuplicate
    copy: BlobLocation
    original: BlobLocation


def thumbnail_batch(batch: Sequence[BlobLocation], limits: Limits) -> dict[str, Thumbnail]:
    """Draw the thumbnails of a few blobs; what is no picture has none."""
    contents = ((spot.blob, _levels(content, limits)) for spot, content in _contents(batch, limits))
    return {blob: thumbnail(levels) for blob, levels in contents if levels is not None}


def pair_batch(batch: Sequence[Asked], limits: Limits) -> dict[tuple[str, str], PairPictures]:
    """Draw a few pairs; where one of the two is no picture, there is no pair."""
    contents = dict(_contents(sorted({s for a in batch for s in (a.copy, a.original)}), limits))
    drawn = {}
    for asked in batch:
        copy = _levels(contents.get(asked.copy), limits)
        original = _levels(contents.get(asked.original), limits)
        if copy is not None and original is not None:
            found = asked.found
            drawn[found.copy, found.original] = lay(copy, original, found)
    return drawn


def _contents(
    spots: Sequence[BlobLocation], limits: Limits
) -> Iterator[tuple[BlobLocation, bytes | Refused]]:
    for clone in sorted({spot.clone for spot in spots}):
        ids = [spot.blob for spot in spots if spot.clone == clone]
        try:
            for blob, content in blobs.read(clone, ids, max_bytes=limits.max_bytes):
                yield BlobLocation(clone, blob), content
        except git.GitError:  # a clone that lost a blob meanwhile: the rest has no picture
            continue


def _levels(content: bytes | Refused | None, limits: Limits) -> NDArray[np.uint8] | None:
    if not isinstance(content, bytes):
        return None
    start_item_timer()
    try:
        picture = read(content, limits=limits)
        return None if isinstance(picture, Refused) else picture.levels()
    except MemoryError:
        return None
