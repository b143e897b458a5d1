"""The end of stage 4, describe: put the slices of a source together to volumes.

A series is read once: the result stands in the base, or in the cache of this machine, until
one of its files changes.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from covid19_images.manifest.record import Record
from covid19_images.manifest.volume import (
    VOLUMES_VERSION,
    SliceRow,
    VolumeFinding,
    VolumeRow,
    files_sha256,
)
from flows.collection.volumes import Volumes
from flows.config.source import Source
from flows.decoding.volumes import Measured, measure_batch
from flows.night.context import RunContext
from flows.night.source_run import SourceRun
from flows.night.volume_groups import Group, groups, named
from flows.sandbox.processes import WorkerCrashed
from flows.sandbox.spread import spread
from flows.upstream import git
from flows.upstream.clone import Clone
from flows.upstream.observe import trouble_of


def measure(context: RunContext, source_run: SourceRun) -> SourceRun:
    """Find the volumes of a source that was described; only series that changed are read."""
    tip = source_run.tip
    if source_run.described is None or tip is None:
        return source_run
    source, clone = source_run.source, context.clone(source_run.source)
    found = groups(source_run.described.records)
    known = _known(context, source, found)
    new = [group for number, group in enumerate(found) if number not in known]
    try:
        read = clone.mending(
            lambda: _read(context, clone, [group for group in new if not group.is_to_come]),
            lambda fresh: fresh.fetch(tip),
        )
    except git.GitError as error:
        return SourceRun(source, trouble_of(error))
    made = [
        known.get(number) or _placed(source, group, read.get(_digest(group)))
        for number, group in enumerate(found)
    ]
    return replace(source_run, volumes=_joined(found, made))


def _known(context: RunContext, source: Source, found: Sequence[Group]) -> dict[int, Volumes]:
    """Return what the base has of the groups whose files are as they were, by their number."""
    described = context.base.described.get(source.name)
    if described is None or described.volumes != VOLUMES_VERSION:
        return {}
    before = context.base.volumes.of([source.name])
    slices = before.by_volume()
    volumes_of: dict[str, set[VolumeRow]] = {}
    for row in before.rows:
        for one in slices[row.key]:
            volumes_of.setdefault(one.path, set()).add(row)
    known = {}
    for number, group in enumerate(found):
        rows = {row for path in group.blobs for row in volumes_of.get(path, ())}
        there = tuple(one for row in rows for one in slices[row.key])
        if {one.path for one in there} == group.blobs.keys() and _is_as_it_was(group, rows, slices):
            known[number] = Volumes(tuple(sorted(rows, key=_number)), there)
    return known


def _number(row: VolumeRow) -> tuple[int, str]:
    """Return what the volumes of one series are in order by: `s`, `s-2`, …, `s-10`."""
    return len(row.volume), row.volume


def _is_as_it_was(
    group: Group, rows: set[VolumeRow], slices: Mapping[tuple[str, str], Sequence[SliceRow]]
) -> bool:
    if any(("to_come" in row.finding) != group.is_to_come for row in rows):
        return False
    own = [{one.path: group.blobs[one.path] for one in slices[row.key]} for row in rows]
    return all(
        files_sha256(blobs) == row.files_sha256 for row, blobs in zip(rows, own, strict=True)
    )


def _read(context: RunContext, clone: Clone, wanted: Sequence[Group]) -> dict[str, Measured]:
    """Read groups, by the digest of their blobs; one that cannot be read is missing."""
    memory = context.memory()
    series = {_digest(group): _blobs(group) for group in wanted}
    kept = memory.volumes(series)
    found = {digest: Measured.from_bytes(content) for digest, content in kept.items()}
    missing = {digest: blobs for digest, blobs in series.items() if digest not in found}
    unfetched = clone.fetch_blobs([blob for blobs in missing.values() for blob in blobs])
    here = [blobs for blobs in missing.values() if not unfetched.keys() & set(blobs)]
    digests = {tuple(blobs): digest for digest, blobs in missing.items()}
    act = partial(measure_batch, clone=clone.folder, limits=context.limits())
    # Series are large, and what comes back is small: they are read beside the clone.
    compute = context.config.policy.compute.on_this_machine()
    for batch, done in spread(act, [[blobs] for blobs in here], compute, context.allowance()):
        if isinstance(done, WorkerCrashed):
            continue
        digest = digests[tuple(batch[0])]
        found[digest] = done[0]
        memory.put_volumes(digest, done[0].to_bytes())
        memory.put_strips(done[0].strips)
    return found


def _blobs(group: Group) -> list[str]:
    return [row.blob for row in _sorted(group)]


def _sorted(group: Group) -> list[Record]:
    return sorted(group.rows, key=lambda row: (row.blob, row.path))


def _digest(group: Group) -> str:
    return hashlib.sha256("\n".join(_blobs(group)).encode()).hexdigest()


def _placed(source: Source, group: Group, read: Measured | None) -> Volumes:
    """Return the volumes of a group under its paths; one without geometry where it was not read."""
    if read is None:
        finding: VolumeFinding = "to_come" if group.is_to_come else "unreadable_slices"
        whole = VolumeRow(
            source=source.name,
            volume=group.name,
            files=len(group.rows),
            files_sha256=files_sha256(group.blobs),
            finding=(finding,),
        )
        paths = (SliceRow(source=source.name, path=path, volume=group.name) for path in group.blobs)
        return Volumes((whole,), tuple(paths))
    order = _sorted(group)
    slices = tuple(
        replace(one, source=source.name, path=order[int(one.path)].path) for one in read.slices
    )
    own = Volumes(read.rows, slices)
    rows = []
    for row in read.rows:
        paths_here = {one.path for one in slices if one.volume == row.volume}
        blobs = {path: group.blobs[path] for path in paths_here}
        rows.append(replace(row, source=source.name, files_sha256=files_sha256(blobs)))
    return replace(own, rows=tuple(rows))


def _joined(found: Sequence[Group], made: Sequence[Volumes]) -> Volumes:
    """Return the volumes of all groups, each under its own name."""
    counts = [(group.name, len(one.rows)) for group, one in zip(found, made, strict=True)]
    both = zip(made, named(counts), strict=True)
    own = [_named(one, names) for one, names in both]
    rows = tuple(row for one in own for row in one.rows)
    return Volumes().plus(Volumes(rows, tuple(row for one in own for row in one.slices)))


def _named(one: Volumes, names: Sequence[str]) -> Volumes:
    name_of = dict(zip((row.volume for row in one.rows), names, strict=True))
    return Volumes(
        tuple(replace(row, volume=name_of[row.volume]) for row in one.rows),
        tuple(_renamed(one, name_of)),
    )


def _renamed(one: Volumes, name_of: Mapping[str, str]) -> Iterator[SliceRow]:
    for row in one.slices:
        yield replace(row, volume=name_of[row.volume])
