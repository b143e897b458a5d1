"""Check the tables of a handover: only the collection's own files, with what they may hold."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from covid19_images.manifest import mask, splits, table, volume, volume_pair
from covid19_images.manifest.record import Record
from flows.collection import duplicates, problems, state, volume_pairs, withdrawn_links
from flows.collection.consistency import new_contradictions
from flows.collection.state import State
from flows.collection.volume_links import linked
from flows.collection.volumes import Volumes
from flows.config.decisions import Decisions
from flows.config.load import Config
from flows.night.compare.decided import apply_exclusions
from flows.night.compare.stage import on_its_own
from flows.night.compare.withdrawals import hold
from flows.night.handover import refused
from flows.night.handover.unpack import Tables
from flows.proposal.proposal import Collection

T = TypeVar("T")

_MANIFEST = re.compile(r"datasets/manifest/([A-Za-z0-9][A-Za-z0-9._-]*)\.csv")
_COMMIT = re.compile(r"[0-9a-f]{40}")


def check_files(tables: Tables, names: set[str]) -> None:
    """Refuse files that are none of the bot's, or not as the bot writes them.

    Args:
        tables: What is proposed.
        names: The sources that there are.

    Raises:
        HandoverError: It is refused.
    """
    for path, content in tables.files.items():
        found = _MANIFEST.fullmatch(path)
        if not found and path not in _FILES:
            raise refused(f"it would write {path}, which is none of the bot's files")
        try:
            text = content.decode("utf-8")
            if not found:
                _FILES[path](text)
                continue
            rows = table.loads(text, name=path)
        except ValueError as error:
            raise refused(f"{path}: {error}") from None
        if found[1] not in names or any(row.source != found[1] for row in rows):
            raise refused(f"{path} describes another source")


def collection_after(tables: Tables, before: State) -> Collection:
    """Return the collection as it would be; the files were checked.

    Args:
        tables: What is proposed.
        before: The collection as it is committed.
    """
    texts = {path: content.decode() for path, content in tables.files.items()}
    records = {
        name: rows
        for name, rows in before.records.items()
        if state.manifest_path(name) not in tables.deleted
    }
    for path, text in texts.items():
        if found := _MANIFEST.fullmatch(path):
            records[found[1]] = tuple(table.loads(text, name=path))
    described = dict(before.described)
    if state.SOURCES in texts:
        described = {row.source: row for row in state.loads(texts[state.SOURCES])}
    return Collection(
        records=dict(sorted(records.items())),
        described=described,
        pairs=_read(texts, state.DUPLICATES, duplicates.loads, before.pairs),
        problems=tuple(_read(texts, state.PROBLEMS, problems.loads, before.problems)),
        ledger=_read(texts, state.SPLITS, splits.loads, before.ledger),
        volumes=Volumes(
            _read(texts, state.VOLUMES, volume.loads, before.volumes.rows),
            _read(texts, state.SLICES, volume.loads_slices, before.volumes.slices),
            _read(texts, state.MASKS, mask.loads, before.volumes.masks),
            _read(texts, state.VOLUME_PAIRS, volume_pair.loads, before.volumes.pairs),
            _read(texts, state.VOLUME_LINKS, withdrawn_links.loads, before.volumes.links),
        ),
    )


def _read(
    texts: Mapping[str, str],
    path: str,
    loads: Callable[[str], Sequence[T]],
    before: Sequence[T],
) -> Sequence[T]:
    return tuple(loads(texts[path])) if path in texts else before


def check_collection(after: Collection, config: Config, before: State) -> None:
    """Refuse a collection that contradicts itself, or what is committed.

    Args:
        after: The collection as it would be.
        config: The configuration of this process.
        before: The collection as it is committed.

    Raises:
        HandoverError: It is refused.
    """
    names = {source.name for source in config.sources}
    for name, row in after.described.items():
        if name not in names:
            raise refused(f"there is no source {name!r}")
        if not _COMMIT.fullmatch(row.commit):
            raise refused(f"{state.SOURCES} describes {name} at {row.commit!r}, which is no commit")
    if after.ledger[: len(before.ledger)] != tuple(before.ledger):
        raise refused(f"{state.SPLITS} changes lines that are there already")
    if wrong := new_contradictions(before.records, after.records):
        raise refused(wrong[0].rstrip("."))
    _check_volumes(after)


def _check_volumes(after: Collection) -> None:
    """Refuse volumes that are not of the rows beside them."""
    volumes = after.volumes
    if len({row.key for row in volumes.rows}) != len(volumes.rows):
        raise refused(f"{state.VOLUMES} names a volume twice")
    if len({(one.image, one.frame) for one in volumes.slices}) != len(volumes.slices):
        raise refused(f"{state.SLICES} names a picture twice")
    if len({row.key for row in volumes.masks}) != len(volumes.masks):
        raise refused(f"{state.MASKS} names a mask twice")
    if volume_pairs.once(volumes.pairs) != list(volumes.pairs):
        raise refused(f"{state.VOLUME_PAIRS} is not in order, or names a pair twice")
    if odd := {row.source for row in volumes.masks} - after.records.keys():
        raise refused(f"{state.MASKS} has masks of {min(odd)}, which has no pictures")
    standing = volumes.standing(after.records)
    if standing.masks != volumes.masks:
        raise refused(f"{state.MASKS} holds masks of what is not there, or that are pictures")
    if standing.pairs != volumes.pairs:
        raise refused(f"{state.VOLUME_PAIRS} holds pairs of what is not there")
    if standing.links != volumes.links:
        raise refused(f"{state.VOLUME_LINKS} holds links of what is not withdrawn, or not there")
    if standing != volumes:
        raise refused(f"{state.VOLUMES} holds volumes whose pictures are not there")


def check_derived(
    after: Collection,
    before: State,
    config: Config,
    decisions: Decisions,
    date: dt.date | None,
) -> None:
    """Refuse takedowns, holds and splits that do not follow: they are worked out anew.

    Args:
        after: The collection as it would be.
        before: The base, as the configuration names its sources.
        config: The configuration of this process.
        decisions: What people decided.
        date: UTC date of the newest upstream commit taken in.

    Raises:
        HandoverError: They differ.
    """
    rows = [row for some in after.records.values() for row in some]
    own = apply_exclusions(map(on_its_own, rows), decisions.exclude)
    earlier = (row for some in before.records.values() for row in some)
    anew = splits.assign(
        map(
            splits.without_quarantine,
            hold(own, [*after.pairs, *linked(after.volumes)], decisions, order=config.order),
        ),
        before.ledger,
        before={row.key: row.image_id for row in earlier if row.image_id},
        since=date,
        train_only={source.name for source in config.sources if source.train_only},
    )
    if anew.ledger != after.ledger:
        raise refused(f"{state.SPLITS} places pictures where no night would")
    if sorted(anew.records, key=_key) != sorted(rows, key=_key):
        raise refused("its rows are held, taken down or split otherwise than follows")


def _key(row: Record) -> str:
    return row.key


def _any_text(text: str) -> object:
    return text


_FILES: Mapping[str, Callable[[str], object]] = {
    state.SOURCES: state.loads,
    state.DUPLICATES: duplicates.loads,
    state.PROBLEMS: problems.loads,
    state.SPLITS: splits.loads,
    state.VOLUMES: volume.loads,
    state.SLICES: volume.loads_slices,
    state.MASKS: mask.loads,
    state.VOLUME_PAIRS: volume_pair.loads,
    state.VOLUME_LINKS: withdrawn_links.loads,
    state.DECISIONS: _any_text,  # compared with the feedback
}
