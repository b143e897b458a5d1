"""Stage 3, read: decode the blobs that are not known yet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from covid19_images.images.fingerprint import ALGORITHM_VERSION
from covid19_images.manifest.record import Record
from flows.collection.state import State
from flows.config.source import Source
from flows.decoding.decode import decode
from flows.decoding.result import Reading, Refused, from_record
from flows.night.context import RunContext
from flows.night.source_run import SourceRun
from flows.upstream import git
from flows.upstream.clone import Clone
from flows.upstream.observe import trouble_of


def read(context: RunContext, visit: SourceRun, known: Mapping[str, Reading]) -> SourceRun:
    """Fetch and decode the blobs nobody has decoded yet."""
    tip = visit.tip
    if visit.scan is None or tip is None:
        return visit
    source, clone = visit.source, context.clone(visit.source)
    wanted = sorted({entry.blob for entry in visit.scan.images})
    readings = {blob: known[blob] for blob in wanted if blob in known}
    readings |= _own_readings(context, source, wanted)
    try:
        readings |= clone.mending(
            lambda: _decoded(context, clone, [blob for blob in wanted if blob not in readings]),
            lambda fresh: fresh.fetch(tip),
        )
    except git.GitError as error:
        return SourceRun(source, trouble_of(error))
    return replace(visit, readings=readings)


def _decoded(context: RunContext, clone: Clone, wanted: Sequence[str]) -> dict[str, Reading]:
    """Remember what this machine decoded before, and decode the rest."""
    memory = context.memory()
    readings = memory.readings(wanted)
    missing = [blob for blob in wanted if blob not in readings]
    unfetched = clone.fetch_blobs(missing)
    decoded = decode(
        clone.folder,
        [blob for blob in missing if blob not in unfetched],
        limits=context.limits(),
        keep=memory.put,
        compute=context.config.policy.compute,
        allowance=context.allowance(),
    )
    refused = {blob: Refused(reason) for blob, reason in unfetched.items()}
    return readings | refused | {blob: one.reading for blob, one in decoded.items()}


def known_readings(before: State) -> dict[str, Reading]:
    """Recover, from all rows of the base, the readings that any source can use."""
    current = {name for name, row in before.described.items() if row.algorithm == ALGORITHM_VERSION}
    rows = [record for name in sorted(current) for record in before.records.get(name, ())]
    return _recovered(rows, headers_stand=False)


def _own_readings(context: RunContext, source: Source, wanted: Iterable[str]) -> dict[str, Reading]:
    row = context.base.described.get(source.name)
    if row is None or row.algorithm != ALGORITHM_VERSION:
        return {}
    own = _recovered(context.records(source), headers_stand=context.up_to_date(source))
    return {blob: own[blob] for blob in wanted if blob in own}


def _recovered(records: Iterable[Record], *, headers_stand: bool) -> dict[str, Reading]:
    readings = ((r.blob, from_record(r, headers_stand=headers_stand)) for r in records)
    return {blob: reading for blob, reading in readings if reading is not None}
