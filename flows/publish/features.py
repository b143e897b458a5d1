"""Publish what copies are recognised by, so that no other machine has to decode everything again.

Features hold a small picture, so those of an image may go only where the image may go.
"""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from covid19_images.duplicates.features import Features
from covid19_images.release import tar as members
from covid19_images.release.index import Shard
from covid19_images.release.membership import Member, assign
from flows.decoding import cache
from flows.night.compare.features import features
from flows.night.compare.sights import comparable
from flows.night.context import RunContext
from flows.publish.checksums import sha256
from flows.publish.publisher import Publisher
from flows.publish.select import Previous, ReleasePlan
from flows.publish.shards import MAX_SHARD_BYTES, Packed, Written, fill, next_number

SOURCE = "all"
_PREFIX = "features-"


@dataclass(frozen=True, slots=True)
class BuiltFeatures:
    """The shards of features: written now, and published before."""

    members: tuple[Member, ...]
    written: tuple[Written, ...]
    kept: tuple[Shard, ...]


def build_features(
    context: RunContext,
    release_plan: ReleasePlan,
    previous: Previous | None,
    folder: Path,
    *,
    max_bytes: int = MAX_SHARD_BYTES,
) -> BuiltFeatures:
    """Write the features of blobs that no earlier release holds.

    Args:
        context: What the collection holds, and the cache.
        release_plan: What may be shipped.
        previous: The release before.
        folder: Where tars go.
        max_bytes: The largest tar.
    """
    rows = [r for records in context.base.records.values() for r in records]
    ships = {
        (source, blob)
        for source, images in release_plan.wanted.items()
        for choices in images.values()
        for blob, _ in choices
    }
    pictures = {r.blob: r for r in rows if comparable(r) and (r.source, r.blob) in ships}
    before = [m for m in previous.members if m.shard.startswith(_PREFIX)] if previous else []
    # Here a blob stands for the image: features belong to bytes, and another version to none.
    wanted = {blob: [(blob, cache.VERSION)] for blob in pictures}
    assignment = assign(before, wanted)
    jobs = [(shard, list(ms)) for shard, ms in sorted(assignment.rewritten.items())]
    fresh = [Member("", *one) for one in assignment.fresh]
    asked = [m.blob for _, ms in jobs for m in ms] + [m.blob for m in fresh]
    found = features(context, [pictures[blob] for blob in asked])
    written: list[Written] = []
    for shard, ms in jobs:
        written += fill(folder, iter([shard]), _packed(ms, found), max_bytes=10 * max_bytes)
    used = [s.name for s in previous.index.shards if s.layer == "features"] if previous else []
    names = (f"{_PREFIX}{k:05d}.tar" for k in range(next_number(used), 100_000))
    written += fill(folder, names, _packed(fresh, found), max_bytes=max_bytes)
    shared = [m for ms in assignment.kept.values() for m in ms]
    kept = [s for s in previous.index.shards if s.name in assignment.kept] if previous else []
    new = [m for one in written for m in one.members]
    return BuiltFeatures(tuple(sorted(shared + new)), tuple(written), tuple(kept))


def _packed(wanted: list[Member], found: Mapping[str, Features]) -> Iterator[Packed]:
    for member in wanted:
        if member.blob in found:
            entry = (f"{member.blob}.features", found[member.blob].to_bytes())
            yield Packed(member, entry[0], {"features": [entry]})


def warm(context: RunContext, publisher: Publisher, previous: Previous) -> int:
    """Fetch published features that the cache of this machine does not have.

    Returns:
        How many were restored.

    Raises:
        ReleaseError: They cannot be had.
    """
    published = [m for m in previous.members if m.shard.startswith(_PREFIX)]
    current = [m.blob for m in published if m.licence == cache.VERSION]
    missing = set(current) - context.memory().features(current).keys()
    places = {shard.name: shard for shard in previous.index.shards}
    restored = 0
    for name in sorted({m.shard for m in published if m.blob in missing}):
        with tempfile.TemporaryDirectory() as scratch:
            tar = Path(scratch, name)
            publisher.fetch(places[name].first_published, name, tar)
            if sha256(tar) == places[name].sha256:
                restored += _restore(context.memory(), tar)
    return restored


def _restore(memory: cache.Cache, tar: Path) -> int:
    kept = {}
    for name in members.spans(tar):
        content = members.read(tar, name)
        if content is not None and name.endswith(".features"):
            kept[name.removesuffix(".features")] = Features.from_bytes(content)
    memory.put_features(kept)
    return len(kept)
