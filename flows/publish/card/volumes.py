"""The data card's chapter on volumes and masks: how many there are, and how whole they are."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.statements.conflicts import Conflict
from covid19_images.manifest.volume import VolumeRow
from covid19_images.manifest.volume_pair import VolumePairRow, copies
from flows.collection.volumes import Volumes
from flows.proposal.markdown import table
from flows.text.escape import code
from flows.text.plural import plural

_HEADER = ["source", "volumes", "slices", "with gaps", "missing slices", "localizers", "to come"]


def chapter(
    volumes: Volumes,
    present: Iterable[str],
    paths: Mapping[str, str] = MappingProxyType({}),
    conflicts: Iterable[Conflict] = (),
) -> list[str]:
    """Return the chapter's parts; none where there are neither volumes nor masks.

    Args:
        volumes: Those of the collection.
        present: The keys of the pictures that are in use; others are not counted.
        paths: Another path of each picture, by its key, whose own is not in the release.
        conflicts: What sources state of one picture that cannot both hold, by published paths.
    """
    own = {f"{key.partition('/')[0]}/{path}": key for key, path in paths.items()}
    keys = {own.get(key, key) for key in present}
    used = {(one.source, one.volume) for one in volumes.slices if one.image in keys}
    rows = [row for row in volumes.rows if row.key in used or "to_come" in row.finding]
    there = {row.key for row in rows}
    masks = [mask for mask in volumes.masks if _is_used(mask, keys, there)]
    if not rows and not masks:
        return []
    parts = ["## Volumes and masks"]
    if rows:
        parts += [_counts(rows), *_copies(volumes.pairs, there, keys)]
        pictures = {one.image for one in volumes.slices if one.image in keys}
        parts.append(_conflicts(conflicts, pictures, own))
        parts.append(table(_HEADER, _by_source(rows)))
    if masks:
        words = f"{plural(len(masks), 'files')} of masks; docs/volumes.md explains them."
        unfit = sum(mask.agreement == "other_size" for mask in masks)
        words += f" Of another size than what they belong to: {unfit:,}."
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


def _copies(
    pairs: Iterable[VolumePairRow], volumes: set[tuple[str, str]], pictures: set[str]
) -> list[str]:
    """Return how many volumes are copies of others, and how many pictures are slices of them."""
    names = {"/".join(key) for key in volumes}
    there = [pair for pair in pairs if names.issuperset(pair.volumes)]
    both = [pair for pair in there if pair.b_is == "volume"]
    lone = {pair.b for pair in there if pair.b_is == "picture"} & pictures
    if not both and not lone:
        return []
    again = copies(both)
    kinds = Counter(pair.kind for pair in both)
    listed = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
    words = f"Copies of other volumes: {len(again):,}"
    words += f" (pairs: {listed})" if listed else ""
    return [f"{words}. Pictures that are slices of volumes: {len(lone):,}."]


def _conflicts(conflicts: Iterable[Conflict], pictures: set[str], own: Mapping[str, str]) -> str:
    """Return how many conflicts are about pictures of volumes."""
    about = [
        one
        for one in conflicts
        if not pictures.isdisjoint(own.get(key, key) for key in (one.a, one.b))
    ]
    return f"Conflicts between statements about pictures of volumes: {len(about):,}."


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
