"""What a release says of volumes and masks: their tables, with the names that rows have there."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from covid19_images.manifest import mask as masks_of
from covid19_images.manifest import volume as volumes_of
from covid19_images.manifest import volume_pair
from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.record import Record
from covid19_images.manifest.volume import SliceRow, VolumeRow, files_sha256
from covid19_images.manifest.volume_pair import VolumePairRow
from covid19_images.release.volumes import MASK_TABLE, PAIR_TABLE, SLICE_TABLE, VOLUME_TABLE
from flows.collection.volume_pairs import exchanged
from flows.collection.volumes import Volumes
from flows.config.licences import Licences, lets_ship
from flows.publish.select import ReleasePlan
from flows.text.names import may_tell, withheld


def chosen(
    volumes: Volumes, release_plan: ReleasePlan, harmless: Mapping[str, Collection[str]]
) -> Volumes:
    """Return what a release may say of volumes and masks.

    A volume is there where every picture of it is in use; when one of them is taken down or held,
    the volume goes, and so does every mask of it.

    Args:
        volumes: Those of the collection.
        release_plan: The rows, and the names that some have there.
        harmless: By source, the rules for names that are known to identify nobody.
    """
    names = release_plan.paths
    shown = {row.record.key: row.record for row in release_plan.rows}
    there = {
        row.key: (row, slices)
        for row in volumes.rows
        if (slices := volumes.by_volume()[row.key])
        and all(_record(one, names, shown) is not None for one in slices)
    }
    rows, slices = [], []
    titles: dict[tuple[str, str], str] = {}
    for key, (row, own) in there.items():
        records = {one.path: _record(one, names, shown) for one in own}
        titles[key] = _title(row, records)
        blobs = {record.path: record.blob for record in records.values() if record}
        rows.append(replace(row, volume=titles[key], files_sha256=files_sha256(blobs)))
        for one in own:
            record = records[one.path]
            assert record is not None
            slices.append(replace(one, path=record.path, volume=titles[key]))
    placed = (_placed(mask, titles, names, shown) for mask in volumes.masks)
    masks = [_named(mask, tuple(harmless.get(mask.source, ()))) for mask in placed if mask]
    pairs = [_paired(pair, titles, names, shown) for pair in volumes.pairs]
    there_too = tuple(pair for pair in pairs if pair is not None)
    return Volumes().plus(Volumes(tuple(rows), tuple(slices), tuple(masks), there_too))


def _record(one: SliceRow, names: Mapping[str, str], shown: Mapping[str, Record]) -> Record | None:
    """Return the row of a slice's picture, where it is in use."""
    record = shown.get(f"{one.source}/{names.get(one.image, one.path)}")
    return record if record is not None and record.status == "active" else None


def _title(row: VolumeRow, records: Mapping[str, Record | None]) -> str:
    """Return a volume's name; one that is called by its file is called by the row's name."""
    for path, record in records.items():
        if record is not None and row.volume.startswith(path):
            return record.path + row.volume.removeprefix(path)
    return row.volume


def _placed(
    mask: MaskRow,
    titles: Mapping[tuple[str, str], str],
    names: Mapping[str, str],
    shown: Mapping[str, Record],
) -> MaskRow | None:
    """Return a mask with what it belongs to; `None` where that is not in the release."""
    if mask.status != "active":
        return None
    if mask.volume is not None:
        title = titles.get((mask.source, mask.volume))
        return None if title is None else replace(mask, volume=title)
    key = f"{mask.source}/{mask.picture}"
    record = shown.get(f"{mask.source}/{names.get(key, mask.picture or '')}")
    if mask.picture is None or record is None or record.status != "active":
        return None
    return replace(mask, picture=record.path)


def _paired(
    pair: VolumePairRow,
    titles: Mapping[tuple[str, str], str],
    names: Mapping[str, str],
    shown: Mapping[str, Record],
) -> VolumePairRow | None:
    """Return a pair under the names of the release; `None` where a side is not in use there."""
    keys = {"/".join(key): f"{key[0]}/{title}" for key, title in titles.items()}
    if pair.b_is == "picture":
        source, _, path = pair.b.partition("/")
        b: str | None = f"{source}/{names.get(pair.b, path)}"
        record = shown.get(str(b))
        b = b if record is not None and record.status == "active" else None
    else:
        b = keys.get(pair.b)
    a = keys.get(pair.a)
    if a is None or b is None:
        return None
    named = replace(pair, a=a, b=b)
    return named if pair.b_is == "picture" or a < b else exchanged(named)


def _named(mask: MaskRow, harmless: tuple[str, ...]) -> MaskRow:
    """Return a mask under a name that identifies nobody."""
    if not may_tell(mask.path, harmless):
        return mask
    return replace(mask, path=withheld(mask.path, mask.blob))


def shipped(masks: Iterable[MaskRow], licences: Licences) -> list[MaskRow]:
    """Return the masks whose licence lets us ship their file."""
    return [mask for mask in masks if lets_ship(mask.licence, licences)]


def texts(volumes: Volumes) -> dict[str, str]:
    """Return the tables by the names of their files; none where there is nothing in them."""
    found: dict[str, str] = {}
    if volumes.rows:
        found[VOLUME_TABLE] = volumes_of.dumps(volumes.rows)
        found[SLICE_TABLE] = volumes_of.dumps_slices(volumes.slices)
    if volumes.pairs:
        found[PAIR_TABLE] = volume_pair.dumps(volumes.pairs)
    if volumes.masks:
        found[MASK_TABLE] = masks_of.dumps(volumes.masks)
    return found
