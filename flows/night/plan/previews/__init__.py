"""Draw the pictures that a proposal shows: read the blobs, decode them, make them small.

Only what changed is read, and not more than a person will look at. A picture that cannot be had or
read is not drawn; nothing else depends on it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.conflicts import Conflict
from flows.collection.questions import Together, by_key
from flows.night.context import RunContext
from flows.night.net import contained
from flows.night.plan.previews.choose import PictureRef, Wanted, is_picture, wanted
from flows.night.plan.previews.decode import Asked, BlobLocation, pair_batch, thumbnail_batch
from flows.night.plan.previews.volumes import MOST_OUTLINED, outlined_pictures, volume_pictures
from flows.proposal.changes import SourceChange
from flows.proposal.pictures import NO_PICTURES, PairPictures, Pictures, Thumbnail
from flows.proposal.volumes import NewVolume, OutlinedPicture
from flows.sandbox.processes import WorkerCrashed, batches
from flows.sandbox.spread import spread
from flows.upstream import blobs as stored
from flows.upstream import git
from flows.upstream.clone import Clone

__all__ = ["draw"]

_PAIRS_AT_ONCE = 6  # each holds two files; volumes are large


def draw(
    context: RunContext,
    changes: Sequence[SourceChange],
    records: Mapping[str, Sequence[Record]],
    *,
    disputed: Sequence[Conflict] = (),
    held: Sequence[Record] = (),
    volumes: Sequence[NewVolume] = (),
    outlined: Sequence[OutlinedPicture] = (),
) -> Pictures:
    """Draw what changed.

    Args:
        context: Where the clones are, and what is too large to read.
        changes: What happened to each source.
        records: The rows of each source after the night; duplicate pairs name them by their keys.
        disputed: New conflicts: both pictures of each are drawn.
        held: Rows that are held from now on.
        volumes: Those that are new.
        outlined: Pictures whose masks are new; some are drawn with them.
    """
    few = outlined[:MOST_OUTLINED]
    blobs = _blobs(records, few)
    own = [PictureRef(blob, source) for (source, _), blob in blobs.items()]
    asked = wanted(changes, records, disputed, held, own)
    if not asked.sides and not volumes:
        return NO_PICTURES
    spots = _clones(context, asked.sides)
    thumbnails, memory = _thumbnails(context, asked, spots), context.memory()
    drawn = outlined_pictures(memory, few, blobs, thumbnails)
    return Pictures(
        thumbnails,
        _pairs(context, asked, spots),
        asked.left_out,
        volume_pictures(memory, volumes) | drawn,
    )


def _blobs(
    records: Mapping[str, Sequence[Record]], outlined: Sequence[OutlinedPicture]
) -> dict[tuple[str, str], str]:
    """Return the blobs of pictures that may be shown, by source and path."""
    keys = {f"{one.source}/{one.path}": one.key for one in outlined}
    rows = by_key(Together(records), set(keys))
    return {keys[key]: row.blob for key, row in rows.items() if is_picture(row)}


def _clones(context: RunContext, sides: Sequence[PictureRef]) -> dict[str, Path]:
    """Fetch the blobs that are not here, in one request a source; return the clone of each."""
    missing: dict[str, set[str]] = defaultdict(set)
    for side in sides:
        missing[side.source].add(side.blob)
    found: dict[str, Path] = {}
    for source in context.config.sources:
        blobs = sorted(missing.get(source.name, set()) - found.keys())
        if not blobs:
            continue
        with contained(source.name):
            clone = context.clone(source)
            fetch = partial(_fetch, blobs=blobs, max_bytes=context.limits().max_bytes)
            # One lost blob fails the request; the others may be here already.
            with suppress(git.GitError):
                clone.mending(partial(fetch, clone), fetch)
            found |= dict.fromkeys(_held(clone, blobs), clone.folder)
    return found


def _fetch(clone: Clone, blobs: Sequence[str], max_bytes: int) -> None:
    """Fetch blobs, and make sure that they can be read."""
    clone.fetch_blobs(blobs)
    for _ in stored.read(clone.folder, blobs, max_bytes=max_bytes):
        pass


def _held(clone: Clone, blobs: Sequence[str]) -> list[str]:
    try:
        here = clone.local_objects()
    except git.GitError:
        return []
    return [blob for blob in blobs if blob in here]


def _thumbnails(
    context: RunContext, asked: Wanted, spots: Mapping[str, Path]
) -> dict[str, Thumbnail]:
    work = sorted(
        {BlobLocation(spots[side.blob], side.blob) for side in asked.sides if side.blob in spots}
    )
    drawn: dict[str, Thumbnail] = {}
    act = partial(thumbnail_batch, limits=context.limits())
    compute = context.config.policy.compute.on_this_machine()
    for _, done in spread(act, batches(work), compute, context.allowance()):
        drawn |= {} if isinstance(done, WorkerCrashed) else done
    return dict(sorted(drawn.items()))


def _pairs(
    context: RunContext, asked: Wanted, spots: Mapping[str, Path]
) -> dict[tuple[str, str], PairPictures]:
    work = [
        Asked(
            found,
            BlobLocation(spots[copy.blob], copy.blob),
            BlobLocation(spots[original.blob], original.blob),
        )
        for found, copy, original in asked.pairs
        if copy.blob in spots and original.blob in spots
    ]
    drawn: dict[tuple[str, str], PairPictures] = {}
    act = partial(pair_batch, limits=context.limits())
    compute = context.config.policy.compute.on_this_machine()
    work_in_batches = batches(work, size=_PAIRS_AT_ONCE)
    for _, done in spread(act, work_in_batches, compute, context.allowance()):
        drawn |= {} if isinstance(done, WorkerCrashed) else done
    return dict(sorted(drawn.items()))
