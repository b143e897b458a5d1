"""Return the features of volumes' slices, from the cache, or from their upstreams again."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from covid19_images.duplicates.features import Features
from flows.decoding.volume_copies import Files, features_batch
from flows.night.compare.features import features
from flows.night.compare.volume_sides import Side
from flows.night.context import RunContext
from flows.night.net import contained
from flows.sandbox.processes import WorkerCrashed
from flows.sandbox.spread import spread
from flows.upstream import git
from flows.upstream.clone import Clone


def slice_features(
    context: RunContext, sides: Sequence[Side], wanted: Sequence[str]
) -> dict[str, Features]:
    """Return the features of slices, by their names.

    Those of a volume whose source cannot be reached, or that cannot be read, are left out.

    Args:
        context: Configuration, base state and cache paths.
        sides: The volumes and pictures.
        wanted: Names of slices.
    """
    asked = set(wanted)
    rows = [row for side in sides if not side.has_own for row in side.rows if row.blob in asked]
    memory = context.memory()
    own = [side for side in sides if side.has_own and not asked.isdisjoint(side.ids)]
    found = memory.features(name for side in own for name in side.ids if name in asked)
    for source in context.config.sources:
        missing = [
            side
            for side in own
            if side.source == source.name and not found.keys() >= asked & set(side.ids)
        ]
        if not missing:
            continue
        with contained(source.name), suppress(git.GitError):
            made = _read(context, context.clone(source), missing)
            memory.put_features(made)
            found |= {name: one for name, one in made.items() if name in asked}
    return features(context, rows) | found


def _read(context: RunContext, clone: Clone, sides: Sequence[Side]) -> dict[str, Features]:
    fetch = [blob for side in sides for blob in side.blobs]
    unfetched = clone.mending(
        lambda: clone.fetch_blobs(fetch), lambda fresh: fresh.fetch_blobs(fetch)
    )
    here = [side for side in sides if not unfetched.keys() & set(side.blobs)]
    by_files = {files_of(clone, side): side for side in here}
    act = partial(features_batch, limits=context.limits())
    compute = context.config.policy.compute.on_this_machine()
    found: dict[str, Features] = {}
    for batch, done in spread(act, [[files] for files in by_files], compute, context.allowance()):
        side = by_files[batch[0]]
        if not isinstance(done, WorkerCrashed) and len(done[0]) == len(side.ids):
            found |= zip(side.ids, done[0], strict=True)
    return found


def files_of(clone: Clone, side: Side) -> Files:
    """Return where the files of a volume or a picture are."""
    return Files(clone.folder, side.blobs, side.slices.volume_id)
