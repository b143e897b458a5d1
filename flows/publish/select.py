"""Choose what a release says of every image, and which pictures it may hold. Nothing is written."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from covid19_images.manifest.record import Record
from covid19_images.release.index import Index, Tombstone
from covid19_images.release.membership import Member
from covid19_images.release.row import Row
from flows.collection.state import State
from flows.collection.volume_links import linked
from flows.config.decisions import Exclusion
from flows.config.licences import Licences, may_ship
from flows.config.load import Config
from flows.night.compare.withdrawals import hold
from flows.text.links import PUBLIC, repository_at
from flows.text.names import may_tell, shown_words, withheld


@dataclass(frozen=True, slots=True)
class Previous:
    """The release before this one, as far as it decides anything.

    Attributes:
        index: Its table of contents.
        rows: Its manifest.
        members: Which image is in which shard.
        sha256: Of its index.
    """

    index: Index
    rows: tuple[Row, ...] = ()
    members: tuple[Member, ...] = ()
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class ReleasePlan:
    """What a release is to be, before any picture is read.

    Attributes:
        rows: Every image but those taken down, without its shard.
        wanted: By source and image id, the (blob, licence) a picture may be made from.
        tombstones: What was taken down.
        paths: Another path of each row, by its key, whose own may identify a person.
    """

    rows: tuple[Row, ...]
    wanted: Mapping[str, Mapping[str, Sequence[tuple[str, str]]]]
    tombstones: tuple[Tombstone, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict, repr=False)
    taken_down: tuple[str, ...] = field(default=(), repr=False)


def select(state: State, config: Config, previous: Previous | None, version: str) -> ReleasePlan:
    """Choose the rows and pictures of a release.

    Args:
        state: What the collection holds.
        config: Sources, licences, takedowns.
        previous: The release before.
        version: The one to come.
    """
    records = [record for name in sorted(state.records) for record in state.records[name]]
    gone = _taken_down(records, config.decisions.exclude)
    records = _without_copies(records, gone, state, config)
    stay = [r for r in records if r.status != "excluded" and r.image_id not in gone]
    stay.sort(key=lambda r: (r.source, r.duplicate_of is not None, r.path))
    harmless = {source.name: source.harmless for source in config.sources}
    names = _published_paths(stay, harmless)
    before = {row.record.key: row for row in previous.rows} if previous else {}
    rows = []
    for record in stay:
        public = _public(record, names)
        old = before.get(public.key)
        commit = _commit(record, state, old)
        if commit is None:
            continue
        rows.append(
            Row(
                record=public,
                commit=commit,
                pointer_url=_pointer(record, state, config, is_shown=record.key not in names),
                redistributable=may_ship(record, config.licences),
                added_in=old.added_in if old else version,
                changed_in=version,
            )
        )
    dead = _tombstones(previous, gone, {r.image_id for r in stay})
    return ReleasePlan(
        tuple(rows),
        _wanted(stay, config.licences),
        dead,
        names,
        _lookalikes(records, gone),
    )


def _without_copies(
    records: Sequence[Record], gone: Mapping[str, Exclusion], state: State, config: Config
) -> list[Record]:
    """Hold the copies of what was taken down since the last night; no release waits for one."""
    now = [_excluded(row, gone.get(str(row.image_id))) for row in records]
    pairs = [*state.pairs, *linked(state.volumes)]
    held = hold(now, pairs, config.decisions, order=config.order)
    return [
        replace(row, split="none", split_reason="held")
        if row.status == "held" and was.status != "held"
        else row
        for was, row in zip(records, held, strict=True)
    ]


def _excluded(record: Record, taken_down: Exclusion | None) -> Record:
    if taken_down is None:
        return record
    return replace(record, status="excluded", status_reason=taken_down.reason)


def _wanted(
    records: Iterable[Record], licences: Licences
) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Return the (blob, licence) that a picture may be made from, by source and image id."""
    wanted: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for record in records:
        if record.image_id and may_ship(record, licences):
            choices = wanted.setdefault(record.source, {}).setdefault(record.image_id, [])
            choices.append((record.blob, record.licence or "NOASSERTION"))
    return wanted


def _taken_down(records: Iterable[Record], exclude: Sequence[Exclusion]) -> dict[str, Exclusion]:
    """Return the takedown of every image id that one names, by id or by key."""
    by_name = {one.image: one for one in exclude}
    gone = {name: one for name, one in by_name.items() if re.fullmatch("c19-[0-9a-f]{16}", name)}
    for record in records:
        if record.key in by_name and record.image_id:
            gone[record.image_id] = by_name[record.key]
    return gone


def _tombstones(
    previous: Previous | None, gone: Mapping[str, Exclusion], here: set[str | None]
) -> tuple[Tombstone, ...]:
    kept = {t.image_id: t for t in previous.index.tombstones} if previous else {}
    kept |= {
        image: Tombstone(image_id=image, date=one.date, reason=one.reason)
        for image, one in gone.items()
    }
    return tuple(kept[image] for image in sorted(kept) if image not in here)


def _lookalikes(records: Sequence[Record], gone: Mapping[str, Exclusion]) -> tuple[str, ...]:
    """List pictures that stay although they are copies of one that was taken down."""
    keys = {r.key for r in records if r.image_id in gone}
    keys |= {r.duplicate_of for r in records if r.image_id in gone and r.duplicate_of}
    return tuple(
        r.key
        for r in records
        if r.image_id not in gone
        and r.status == "active"
        and (r.duplicate_of in keys or r.key in keys)
    )


def _published_paths(
    records: Iterable[Record], harmless: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """Return another name, the blob's, for every file whose name may identify a person."""
    paths, used = {}, set()
    for record in sorted(records, key=lambda r: r.key):
        if not may_tell(record.path, harmless.get(record.source, ())):
            continue
        name, number = withheld(record.path, record.blob), 2
        while (record.source, name) in used:
            name, number = withheld(record.path, record.blob, number=number), number + 1
        used.add((record.source, name))
        paths[record.key] = name
    return paths


def _public(record: Record, paths: Mapping[str, str]) -> Record:
    """Return a row without what may identify a person in its names and notes."""
    key, record = record.key, shown_words(record)
    if key in paths:
        record = replace(record, path=paths[key])
    original = record.duplicate_of
    if original is not None and original in paths:
        source = original.partition("/")[0]
        record = replace(record, duplicate_of=f"{source}/{paths[original]}")
    return record


def _commit(record: Record, state: State, old: Row | None) -> str | None:
    """Return the upstream commit that a row stands in.

    A source that is configured no longer has none; its rows stay where the release before had them.
    """
    described = state.described.get(record.source)
    return described.commit if described else old.commit if old else None


def _pointer(record: Record, state: State, config: Config, *, is_shown: bool) -> str | None:
    """Return where the owner has the file; by blob id alone where its name is not shown."""
    source = next((s for s in config.sources if s.name == record.source), None)
    if source is None or record.status != "active":
        return None
    repository = repository_at(source.url, config.policy.forge.server, PUBLIC)
    if repository is None:
        return source.url
    if not is_shown:
        return repository.blob(record.blob)
    return repository.raw_file(state.described[record.source].commit, record.path)
