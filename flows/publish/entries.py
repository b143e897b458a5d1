"""List what a release's index says of shards, sources and the releases before."""

from collections.abc import Mapping, Sequence

from covid19_images.release.index import Growth, Layer, Shard, SourceEntry
from covid19_images.release.row import Row
from flows.night.context import RunContext
from flows.publish.build import Built
from flows.publish.features import SOURCE, BuiltFeatures
from flows.publish.select import Previous
from flows.publish.shards import Written


def shards(
    found: Sequence[Row], built: Mapping[str, Built], features: BuiltFeatures, version: str
) -> tuple[Shard, ...]:
    """List every shard, those of earlier releases too, with what is in it now."""
    shards = list(features.kept)
    for written in features.written:
        shards += _written(written, SOURCE, version)
    for name, one in built.items():
        shards += one.kept
        for written in one.written:
            shards += _written(written, name, version)
    kinds: dict[str, set[str]] = {}
    counts: dict[str, int] = {}
    for row in found:
        if row.shard:
            stem = row.shard.partition("-")[2]
            counts[stem] = counts.get(stem, 0) + 1
            if row.record.modality:
                kinds.setdefault(stem, set()).add(row.record.modality)
    entries = [
        shard.model_copy(
            update={
                "images": counts.get(shard.name.partition("-")[2], 0),
                "modalities": tuple(sorted(kinds.get(shard.name.partition("-")[2], ()))),
            }
        )
        if shard.layer != "features"
        else shard
        for shard in shards
    ]
    return tuple(sorted(entries, key=lambda s: s.name))


def _written(written: Written, source: str, version: str) -> list[Shard]:
    return [_shard(layer, source, written, version) for layer in written.files]


def _shard(layer: Layer, source: str, written: Written, version: str) -> Shard:
    file = written.files[layer]
    return Shard(
        name=file.name,
        layer=layer,
        source=source,
        images=len(written.members),
        size=file.size,
        sha256=file.sha256,
        first_published=version,
    )


def sources(context: RunContext, found: Sequence[Row]) -> tuple[SourceEntry, ...]:
    """List the sources, with what of them is shipped."""
    sources = {source.name: source for source in context.config.sources}
    entries = []
    for name in sorted(context.base.described):
        mine = [r for r in found if r.record.source == name and r.record.status == "active"]
        source = sources.get(name)
        entries.append(
            SourceEntry(
                name=name,
                title=source.title if source else name,
                owner=source.owner if source else "not known any longer",
                url=source.url if source else "",
                commit=context.base.described[name].commit,
                licence=source.licence if source else "NOASSERTION",
                shipped=sum(row.shard is not None for row in mine),
                pointers=sum(row.shard is None for row in mine),
            )
        )
    return tuple(entries)


def history(previous: Previous | None, found: Sequence[Row], version: str) -> tuple[Growth, ...]:
    """List the sizes of all releases up to this one."""
    active = [row for row in found if row.record.status == "active"]
    shipped = sum(row.shard is not None for row in active)
    now = Growth(version=version, shipped=shipped, pointers=len(active) - shipped)
    before = previous.index.history if previous else ()
    return (*before, now)
