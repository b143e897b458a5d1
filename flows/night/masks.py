"""The end of stage 4, describe: list the masks of a source, and what they belong to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from covid19_images.images.refused import Refused
from covid19_images.images.volumes.mask import MaskFile
from covid19_images.manifest.mask import Agreement, MaskRow
from covid19_images.manifest.record import Record
from covid19_images.manifest.volume import VolumeRow
from flows.collection.problems import Problem, bounded
from flows.decoding import strips
from flows.decoding.masks import MaskResult, mask_batch
from flows.decoding.result import LfsPointer
from flows.labels.masks import belonging, target
from flows.night.context import RunContext
from flows.night.source_run import SourceRun
from flows.sandbox.processes import WorkerCrashed, batches
from flows.sandbox.spread import spread
from flows.text import names
from flows.upstream import git
from flows.upstream.clone import Clone
from flows.upstream.observe import trouble_of
from flows.upstream.tree import Entry

_CLOSE_MM = 1e-2


def list_masks(context: RunContext, source_run: SourceRun) -> SourceRun:
    """List the masks of a source that was described; only files that are new are read."""
    described, seen, tip = source_run.described, source_run.scan, source_run.tip
    if described is None or seen is None or tip is None or not seen.masks:
        return source_run
    source, clone = source_run.source, context.clone(source_run.source)
    before = {row.blob: row for row in context.base.volumes.masks if row.source == source.name}
    wanted = sorted({entry.blob for entry in seen.masks if entry.blob not in before})
    try:
        read = clone.mending(lambda: _read(context, clone, wanted), lambda fresh: fresh.fetch(tip))
    except git.GitError as error:
        return SourceRun(source, trouble_of(error))
    rows = [_row(source_run, entry, before, read) for entry in seen.masks]
    placed = _placed(source_run, rows)
    described.problems = bounded([*described.problems, *_lonely(source_run, placed)])
    return replace(source_run, volumes=replace(source_run.volumes, masks=tuple(placed)))


def _read(context: RunContext, clone: Clone, wanted: Sequence[str]) -> dict[str, MaskResult]:
    unfetched = clone.fetch_blobs(wanted)
    found: dict[str, MaskResult] = {blob: Refused(why) for blob, why in unfetched.items()}
    work = batches([blob for blob in wanted if blob not in unfetched])
    act = partial(mask_batch, clone=clone.folder, limits=context.limits())
    compute = context.config.policy.compute.on_this_machine()
    for batch, done in spread(act, work, compute, context.allowance()):
        if isinstance(done, WorkerCrashed):
            found |= dict.fromkeys(batch, Refused(f"the decoder {done.reason}"))
        else:
            found |= done
    read = {blob: one.outlines for blob, one in found.items() if isinstance(one, MaskFile)}
    context.memory().put_strips({strips.of_mask(blob): drawn for blob, drawn in read.items()})
    return found


def _row(
    source_run: SourceRun,
    entry: Entry,
    before: Mapping[str, MaskRow],
    read: Mapping[str, MaskResult],
) -> MaskRow:
    """Return the row of a mask by itself: what the file is, and what the configuration says."""
    source = source_run.source
    found = belonging(source, entry.path)
    assert found is not None
    row = MaskRow(
        source=source.name,
        path=entry.path,
        blob=entry.blob,
        shows=tuple(f"{value}={shown}" for value, shown in sorted(found.rule.shows.items())),
        made_by=found.rule.by,
        licence=None if source.licence == "NOASSERTION" else source.licence,
    )
    if entry.blob in read:
        return _with(row, read[entry.blob])
    row_before = before[entry.blob]
    return replace(
        row,
        **{name: getattr(row_before, name) for name in _OF_THE_FILE},
    )


_OF_THE_FILE = (
    *("status", "status_reason", "media_type"),
    *("values", "columns", "rows", "slices", "affine"),
)


def _with(row: MaskRow, result: MaskResult) -> MaskRow:
    if isinstance(result, MaskFile):
        columns, rows, slices = result.size
        return replace(
            row,
            media_type=result.media_type,
            columns=columns,
            rows=rows,
            slices=slices,
            affine=result.affine,
            values=tuple(map(str, result.values)),
        )
    is_pointer = isinstance(result, LfsPointer)
    return replace(row, status="pointer" if is_pointer else "refused", status_reason=result.reason)


def _placed(source_run: SourceRun, rows: Sequence[MaskRow]) -> list[MaskRow]:
    """Return the rows with what each belongs to, and whether their geometry agrees."""
    assert source_run.described is not None
    pictures = {
        record.path: record
        for record in source_run.described.records
        if record.status != "withdrawn"
    }
    volumes = {row.volume: row for row in source_run.volumes.rows}
    # Beside a series lies the overview that it was planned on: nobody outlines that.
    overviews = {name for name, row in volumes.items() if "localizer" in row.finding}
    slices = source_run.volumes.slices
    volume_of = {one.path: one.volume for one in slices if one.volume not in overviews}
    placed = []
    for row in rows:
        found = belonging(source_run.source, row.path)
        assert found is not None
        there = target(found.of, pictures, volume_of)
        if there is None:
            placed.append(replace(row, agreement="missing"))
        elif there[0] == "volume":
            agreement = _with_volume(row, volumes[there[1]])
            placed.append(replace(row, volume=there[1], agreement=agreement))
        else:
            agreement = _with_picture(row, pictures[there[1]])
            placed.append(replace(row, picture=there[1], agreement=agreement))
    return placed


def _with_volume(row: MaskRow, volume: VolumeRow) -> Agreement:
    if row.columns is None or volume.columns is None:
        return "unknown"
    sizes = [(one.columns, one.rows, one.slices) for one in (row, volume)]
    if row.affine and volume.affine:
        one, other = (np.array(text.split(), float) for text in (row.affine, volume.affine))
        is_same = sizes[0] == sizes[1] and np.allclose(one, other, atol=_CLOSE_MM)
        return "same_grid" if is_same else "affine"
    return "same_size" if sizes[0] == sizes[1] else "other_size"


def _with_picture(row: MaskRow, picture: Record) -> Agreement:
    if row.columns is None or picture.width is None:
        return "unknown"
    is_same = (row.columns, row.rows) == (picture.width, picture.height)
    return "same_size" if is_same else "other_size"


def _lonely(source_run: SourceRun, rows: Sequence[MaskRow]) -> list[Problem]:
    """Return a problem for each mask that belongs to nothing that is there."""
    source = source_run.source
    found = []
    for row in rows:
        if row.agreement == "missing":
            file = names.shown_path(row.path, row.blob, source.harmless)
            what = "a mask, and what it belongs to is not among the images"
            found.append(Problem(source.name, file, 0, "mask_without_picture", what))
    return found
