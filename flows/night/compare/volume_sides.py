"""What volumes are compared as: their slices' features, by name, and where their files are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from covid19_images.duplicates.features import Features
from covid19_images.duplicates.volumes.slices import Slices, is_in_plane, sizes, turn_of
from covid19_images.images.volumes.rows import read_affine
from covid19_images.manifest.record import Record
from covid19_images.manifest.volume import SliceRow, VolumeRow
from flows.collection.volumes import Volumes

_FLAT = ("CR", "DX", "XR")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Side:
    """A volume, or a picture that may be a slice of one.

    Attributes:
        source: Its source.
        ids: What the features of each slice are called: a blob id, or a name of our own.
        slices: All else that it is proposed by; without features.
        blobs: Those of its files.
        rows: Its rows of the manifest.
    """

    source: str
    ids: tuple[str, ...]
    slices: Slices
    blobs: tuple[str, ...]
    rows: tuple[Record, ...]

    @property
    def key(self) -> str:
        """Return `source/volume`, or the key of the picture."""
        return self.slices.key

    @property
    def is_picture(self) -> bool:
        """Return whether it is a picture, and no volume."""
        return self.slices.volume_id is None

    @property
    def has_own(self) -> bool:
        """Return whether its slices are no pictures, so that their features are its own."""
        return not (self.is_picture or self.slices.as_stored)

    def with_features(self, found: Mapping[str, Features]) -> Slices:
        """Return what it is proposed by; slices whose features are not known have some others."""
        nothing = next(iter(found.values()))
        return replace(self.slices, features=tuple(found.get(one, nothing) for one in self.ids))


def volume_sides(volumes: Volumes, records: Mapping[str, Record]) -> list[Side]:
    """Return the volumes that can be compared, sorted by key: those whose voxels were read.

    Args:
        volumes: Those of the collection.
        records: All rows by key.
    """
    slices = volumes.by_volume()
    rows = (row for row in volumes.rows if row.volume_id and "localizer" not in row.finding)
    found = (_volume(row, slices[row.key], records) for row in rows)
    return sorted(found, key=lambda side: side.key)


def picture_sides(volumes: Volumes, pictures: Iterable[Record]) -> list[Side]:
    """Return the pictures that may be a slice of a volume, sorted by key.

    Args:
        volumes: Those of the collection; their own slices are left out.
        pictures: Rows of pictures that can be compared.
    """
    own = {one.image for one in volumes.slices}
    rows = [row for row in pictures if row.modality not in _FLAT and row.key not in own]
    return [_picture(row) for row in sorted(rows, key=lambda row: row.key)]


def _volume(row: VolumeRow, own: Sequence[SliceRow], records: Mapping[str, Record]) -> Side:
    shape = row.columns or 0, row.rows or 0, row.slices or 0
    affine = None if row.affine is None else read_affine(row.affine)
    turn, _ = turn_of(affine, shape)
    ordered = sorted((one for one in own if one.slice), key=lambda one: one.slice or 0)
    are_pictures = (
        len(ordered) == shape[2] and all(one.frame is None for one in ordered) and is_in_plane(turn)
    )
    size = sizes(shape, turn)
    if are_pictures:
        pictures = [records[one.image].blob for one in ordered]
        ids = tuple(pictures if turn[2, 2] > 0 else reversed(pictures))
    else:
        ids = tuple(f"{row.volume_id}-{number}" for number in range(size[2]))
    rows = tuple(records[key] for key in sorted({one.image for one in own}))
    return Side(
        source=row.source,
        ids=ids,
        slices=Slices(
            key="/".join(row.key),
            features=(),
            size=size,
            turn=turn,
            volume_id=row.volume_id,
            is_placed=affine is not None,
            as_stored=are_pictures,
        ),
        blobs=tuple(record.blob for record in rows),
        rows=rows,
    )


def _picture(row: Record) -> Side:
    size = row.width or 1, row.height or 1, 1
    turn, _ = turn_of(None, size)
    one = Slices(key=row.key, features=(), size=size, turn=turn, as_stored=True)
    return Side(source=row.source, ids=(row.blob,), slices=one, blobs=(row.blob,), rows=(row,))
