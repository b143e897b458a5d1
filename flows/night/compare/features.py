"""Return the features of pictures, from the cache, or from their upstreams again."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

from covid19_images.duplicates.features import Features
from covid19_images.manifest.record import Record
from flows.decoding.decode import Batch, decode
from flows.night.context import RunContext
from flows.night.net import contained
from flows.upstream import git
from flows.upstream.clone import Clone


def features(context: RunContext, pictures: Sequence[Record]) -> dict[str, Features]:
    """Return the features of pictures by blob id.

    A fresh machine has none of them: the blobs are then fetched and decoded again. Pictures of a
    source that cannot be reached are left out; a byte-identical copy shares its blob, and so is
    found all the same.
    """
    memory = context.memory()
    found = memory.features(record.blob for record in pictures)
    missing: dict[str, set[str]] = defaultdict(set)
    for record in pictures:
        if record.blob not in found:
            missing[record.source].add(record.blob)
    for source in context.config.sources:
        blobs = sorted(missing.get(source.name, set()) - found.keys())
        if not blobs:
            continue
        with contained(source.name), suppress(git.GitError):
            found |= _decoded(context, context.clone(source), blobs)
    return found


def _decoded(context: RunContext, clone: Clone, blobs: Sequence[str]) -> dict[str, Features]:
    def act() -> Batch:
        unfetched = clone.fetch_blobs(blobs)
        return decode(
            clone.folder,
            [blob for blob in blobs if blob not in unfetched],
            limits=context.limits(),
            keep=context.memory().put,
            compute=context.config.policy.compute,
            allowance=context.allowance(),
        )

    decoded = clone.mending(act, lambda fresh: fresh.fetch_blobs(blobs))
    return {blob: one.features for blob, one in decoded.items() if one.features}
