"""The data card's chapter on volumes and masks: how many there are, and how whole they are."""

from collections import Counter
from collections.abc import Iterable, Sequence

from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.volume import VolumeRow
from flows.collection.volumes import Volumes
from flows.proposal.markdown import table
from flows.text.escape import code
from flows.text.plural import plural

_HEADER = ["source", "volumes", "slices", "with gaps", "missing slices", "localizers", "to come"]


def chapter(volumes: Volumes, present: Iterable[str]) -> list[str]:
    """Return the chapter's parts; none where there are neither volumes nor masks.

    Args:
        volumes: Those of the collection.
        present: The keys of the pictures that are in use; others are not counted.
    """
    keys = set(present)
    used = {(one.source, one.volume) for one in volumes.slices if one.image in keys}
    rows = [row for row in volumes.rows if row.key in used or "to_come" in row.finding]
    there = {row.key for row in rows}
    masks = [mask for mask in volumes.masks if _is_used(mask, keys, there)]
    if not rows and not masks:
        return []
    parts = ["## Volumes and masks"]
    if rows:
        parts += [_counts(rows), table(_HEADER, _by_source(rows))]
    if masks:
        words = f"{plural(len(masks), 'files')} of masks; docs/volumes.md explains them."
        parts += [words, table(["source", "shows", "made by", "files"], _by_class(masks))]
    return parts


def _is_used(mask: MaskRow, keys: set[str], volumes: set[tuple[str, str]]) -> bool:
    if mask.volume is not None:
        return (mask.source, mask.volume) in volumes
    return mask.picture is not None and f"{mask.source}/{mask.picture}" in keys


def _counts(rows: Sequence[VolumeRow]) -> str:
    here = [row for row in rows if "to_come" not in row.finding]
    names = Counter(row.volume_id for row in here if row.volume_id)
    again = sum(count - 1 for count in names.values())
    in_hu = sum(row.units == "HU" for row in here)
    return (
        f"{plural(len(here), 'volumes')}, {in_hu:,} of them in Hounsfield units. With the same"
        f" voxels as another one: {again:,}. Volumes are made of the manifest's pictures."
    )


def _by_source(rows: Sequence[VolumeRow]) -> list[list[object]]:
    found: list[list[object]] = []
    for source in sorted({row.source for row in rows}):
        own = [row for row in rows if row.source == source]
        here = [row for row in own if "to_come" not in row.finding]
        found.append(
            [
                code(source),
                len(here),
                sum(row.slices or 0 for row in here),
                sum("gaps" in row.finding for row in here),
                sum(row.missing_slices or 0 for row in here),
                sum("localizer" in row.finding for row in here),
                len(own) - len(here),
            ]
        )
    return found


def _by_class(masks: Sequence[MaskRow]) -> list[list[object]]:
    shown = Counter((mask.source, name, mask.made_by) for mask in masks for name in mask.classes)
    return [[code(source), what, by, count] for (source, what, by), count in sorted(shown.items())]
