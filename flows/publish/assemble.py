"""Put a release together in a folder: shards that are new, and all small files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from covid19_images.release import index as names
from covid19_images.release import membership, rows
from covid19_images.release.index import Growth, Index, Layer, Shard, SmallFile, SourceEntry
from covid19_images.release.processing import PROCESSING_VERSION
from covid19_images.release.rows import Row
from covid19_images.release.shards import Written
from flows.features import features as look
from flows.proposal.markdown import WARNING
from flows.publish import honesty, parquet
from flows.publish.build import Built
from flows.publish.card import write_card
from flows.publish.changes import RowChange, changes, dumps, forget, words
from flows.publish.citation import citation
from flows.publish.croissant import croissant
from flows.publish.features import SOURCE, BuiltFeatures
from flows.publish.newest import NAME as NEW
from flows.publish.newest import draw_new
from flows.publish.select import Previous, Selection, settled
from flows.publish.sums import registry, sha256sums, small_file
from flows.setting import Night


@dataclass(frozen=True, slots=True)
class Release:
    """A release that lies ready in a folder.

    Attributes:
        index: What it is.
        rows: Its manifest.
        changes: What it changes.
        files: The files to publish: shards first, the index and the sums last.
    """

    index: Index
    rows: tuple[Row, ...]
    changes: tuple[RowChange, ...]
    files: tuple[SmallFile, ...]


def assemble(
    night: Night,
    selection: Selection,
    built: Mapping[str, Built],
    features: BuiltFeatures,
    previous: Previous | None,
    version: str,
    folder: Path,
) -> Release:
    """Write the small files, and list what is to be published.

    Args:
        night: The collection.
        selection: What was chosen of it.
        built: The shards of each source.
        features: The shards of features.
        previous: The release before.
        version: Of this one.
        folder: Where the shards are and the files go.
    """
    found = _rows(selection, built, previous)
    shards = _shards(found, built, features, version)
    changed = tuple(forget(changes(previous.rows if previous else (), found), selection.tombstones))
    index = Index(
        version=version,
        commit=night.before.base,
        processing=PROCESSING_VERSION,
        sources=_sources(night, found),
        shards=shards,
        tombstones=selection.tombstones,
        history=_history(previous, found, version),
    )
    url = night.config.policy.release.url
    base = previous.index.version if previous else None
    members = [m for one in built.values() for m in one.members] + list(features.members)
    texts = {
        names.MANIFEST: rows.dumps(found),
        membership.MEMBERS: membership.dumps(members),
        "changes.csv": dumps(changed),
        "CHANGES.md": words(index, base, changed),
        "CITATION.cff": citation(version, index.sources),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    table = folder / "manifest.parquet"
    parquet.write(table, found)
    told = croissant(index, small_file(table), url, WARNING)
    (folder / "croissant.json").write_text(told, encoding="utf-8", newline="\n")
    subjects = honesty.subjects(found)
    pictures = write_card(
        folder, index, found, night.before.pairs, night.config.licences, look(night, subjects)
    )
    drawn = draw_new(found, version, folder)
    if drawn is not None:
        (folder / NEW).write_bytes(drawn)
        pictures = [*pictures, NEW]
    listed = sorted([*texts, table.name, "croissant.json", *pictures])
    index = index.model_copy(update={"files": tuple(small_file(folder / n) for n in listed)})
    return Release(index, found, changed, _finish(folder, index))


def _finish(folder: Path, index: Index) -> tuple[SmallFile, ...]:
    """Write index, registry and sums, and list what this release has to hold itself."""
    top = folder / names.INDEX
    top.write_text(index.dumps(), encoding="utf-8", newline="\n")
    listed: list[SmallFile | Shard] = [*index.files, *index.shards, small_file(top)]
    pooch = folder / names.REGISTRY
    pooch.write_text(registry(index.version, listed), encoding="utf-8", newline="\n")
    sums = sha256sums([*listed, small_file(pooch)])
    (folder / names.SUMS).write_text(sums, encoding="utf-8", newline="\n")
    own = [s for s in index.shards if s.first_published == index.version]
    shards = [SmallFile(name=s.name, size=s.size, sha256=s.sha256) for s in own]
    last = [small_file(folder / n) for n in (names.REGISTRY, names.INDEX, names.SUMS)]
    return (*shards, *index.files, *last)


def _rows(
    selection: Selection, built: Mapping[str, Built], previous: Previous | None
) -> tuple[Row, ...]:
    before = {row.record.key: row for row in previous.rows} if previous else {}
    places = {
        (name, member.image_id): member.shard
        for name, one in built.items()
        for member in one.members
    }
    found = []
    for row in selection.rows:
        record = row.record
        image = record.image_id or ""
        shard = places.get((record.source, image)) if row.redistributable else None
        main = built[record.source].mains[image] if shard else None
        found.append(settled(row, before.get(record.key), shard, main))
    return tuple(sorted(found, key=lambda r: (r.record.source, r.record.path)))


def _shards(
    found: Sequence[Row], built: Mapping[str, Built], features: BuiltFeatures, version: str
) -> tuple[Shard, ...]:
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
    told = [
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
    return tuple(sorted(told, key=lambda s: s.name))


def _written(written: Written, source: str, version: str) -> list[Shard]:
    return [_shard(layer, source, written, version) for layer in written.files]


def _shard(layer: Layer, source: str, written: Written, version: str) -> Shard:
    file = written.files[layer]
    return Shard(
        name=file.name, layer=layer, source=source, images=len(written.members), size=file.size,
        sha256=file.sha256, first_published=version,
    )  # fmt: skip


def _sources(night: Night, found: Sequence[Row]) -> tuple[SourceEntry, ...]:
    told = {source.name: source for source in night.config.sources}
    entries = []
    for name in sorted(night.before.described):
        mine = [r for r in found if r.record.source == name and r.record.status == "active"]
        source = told.get(name)
        entries.append(
            SourceEntry(
                name=name,
                title=source.title if source else name,
                owner=source.owner if source else "not known any longer",
                url=source.url if source else "",
                commit=night.before.described[name].commit,
                licence=source.licence if source else "NOASSERTION",
                shipped=sum(row.shard is not None for row in mine),
                pointers=sum(row.shard is None for row in mine),
            )
        )
    return tuple(entries)


def _history(previous: Previous | None, found: Sequence[Row], version: str) -> tuple[Growth, ...]:
    active = [row for row in found if row.record.status == "active"]
    shipped = sum(row.shard is not None for row in active)
    now = Growth(version=version, shipped=shipped, pointers=len(active) - shipped)
    before = previous.index.history if previous else ()
    return (*before, now)
