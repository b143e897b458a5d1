"""Stage 3, read: decode the blobs that are not known yet."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from covid19_images.images.decode import DECODER_SET
from covid19_images.images.fingerprint import ALGORITHM_VERSION
from covid19_images.images.refused import Refused
from covid19_images.manifest.record import Record
from flows.collection.questions import Together, holding
from flows.collection.state import State
from flows.config.source import Source
from flows.decoding.decode import ENDED, Batch, decode
from flows.decoding.result import DecodeResult, from_record
from flows.labels.rows import has_impossible_age
from flows.night.context import RunContext
from flows.night.source_run import SourceRun
from flows.text import names
from flows.upstream import git
from flows.upstream.clone import Clone
from flows.upstream.observe import trouble_of
from flows.upstream.outcome import Failed

_FEW = 3  # files that may end their decoder before the machine is suspected
_BROKEN_SHARE = 0.25


def read(context: RunContext, source_run: SourceRun) -> SourceRun:
    """Fetch and decode the blobs nobody has decoded yet."""
    tip = source_run.tip
    if source_run.scan is None or tip is None:
        return source_run
    source, clone = source_run.source, context.clone(source_run.source)
    wanted = sorted({entry.blob for entry in source_run.scan.images})
    results = _results_of_source(context, source, wanted)
    results |= results_of_base(context.base, set(wanted) - results.keys())
    try:
        results |= clone.mending(
            lambda: _decoded(context, clone, [blob for blob in wanted if blob not in results]),
            lambda fresh: fresh.fetch(tip),
        )
    except git.GitError as error:
        return SourceRun(source, trouble_of(error))
    except _BrokenMachineError as error:
        return SourceRun(source, Failed(source.name, str(error)))
    return replace(source_run, results=results)


class _BrokenMachineError(Exception):
    """Raised where decoders end so often that the files are not to blame."""


def _decoded(context: RunContext, clone: Clone, wanted: Sequence[str]) -> dict[str, DecodeResult]:
    """Remember what this machine decoded before, and decode the rest."""
    memory = context.memory()
    results = memory.results(wanted)
    missing = [blob for blob in wanted if blob not in results]
    unfetched = clone.fetch_blobs(missing)
    decoded = decode(
        clone.folder,
        [blob for blob in missing if blob not in unfetched],
        limits=context.limits(),
        keep=lambda batch: memory.put(_whole(batch)),
        compute=context.config.policy.compute,
        allowance=context.allowance(),
    )
    whole = _whole(decoded)
    ended = {blob: one for blob, one in decoded.items() if blob not in whole}
    if len(ended) > _FEW and len(ended) >= _BROKEN_SHARE * len(decoded):
        raise _BrokenMachineError(
            f"{len(ended):,} of {len(decoded):,} new files ended their decoder, which is the doing "
            "of this machine; nothing was taken in. Look at its memory and disk, and run again"
        )
    memory.put(ended)
    refused = {blob: Refused(reason) for blob, reason in unfetched.items()}
    return results | refused | {blob: one.result for blob, one in decoded.items()}


def _whole(decoded: Batch) -> Batch:
    """Return what was decoded to its end: of a decoder that ended early nothing is kept yet."""
    return {
        blob: one
        for blob, one in decoded.items()
        if not (isinstance(one.result, Refused) and one.result.reason in ENDED)
    }


def results_of_base(before: State, wanted: Collection[str]) -> dict[str, DecodeResult]:
    """Recover, from the rows of the base, the decode results that any source can use.

    Args:
        before: The base.
        wanted: The blobs whose results are looked for; a set.
    """
    current = {name for name, row in before.described.items() if row.algorithm == ALGORITHM_VERSION}
    asked = Together({name: before.records.get(name, ()) for name in sorted(current)})
    rows = list(holding(asked, {"blob": wanted}))
    decoders = {name: before.described[name].decoders for name in current}
    tried = [r for r in rows if r.status != "refused" or decoders[r.source] == DECODER_SET]
    return _recovered(tried, headers_stand=False)


def _results_of_source(
    context: RunContext, source: Source, wanted: Iterable[str]
) -> dict[str, DecodeResult]:
    row = context.base.described.get(source.name)
    if row is None or row.algorithm != ALGORITHM_VERSION:
        return {}
    stand = row.decoders == DECODER_SET
    # Only the file says how its age is written, which is a problem to be listed.
    odd = {p.file for p in context.base.problems if has_impossible_age(p)}
    rows = [r for r in context.records(source) if stand or r.status != "refused"]
    if odd:
        rows = [r for r in rows if names.shown_path(r.path, r.blob, source.harmless) not in odd]
    own = _recovered(rows, headers_stand=context.up_to_date(source))
    return {blob: own[blob] for blob in wanted if blob in own}


def _recovered(records: Iterable[Record], *, headers_stand: bool) -> dict[str, DecodeResult]:
    results = ((r.blob, from_record(r, headers_stand=headers_stand)) for r in records)
    return {blob: result for blob, result in results if result is not None}
