"""The volumes of the collection, the pictures that they are made of, their copies and masks."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.record import Record
from covid19_images.manifest.volume import SliceRow, VolumeRow, files_sha256
from covid19_images.manifest.volume_pair import VolumePairRow
from flows.collection import volume_pairs, withdrawn_links
from flows.collection.withdrawn_links import WithdrawnLink


@dataclass(frozen=True, slots=True)
class Volumes:
    """What `datasets/` holds of volumes: a table for each attribute.

    Attributes:
        rows: The volumes.
        slices: Their pictures.
        masks: Files that outline something in pictures or volumes.
        pairs: Volumes that are copies, in pairs.
        links: What withdrawn pictures shared with others by volumes that are none any more.
    """

    rows: Sequence[VolumeRow] = ()
    slices: Sequence[SliceRow] = ()
    masks: Sequence[MaskRow] = ()
    pairs: Sequence[VolumePairRow] = ()
    links: Sequence[WithdrawnLink] = ()

    def of(self, sources: Collection[str]) -> "Volumes":
        """Return those of some sources; of pairs and links, those that one of them is in."""
        return Volumes(
            tuple(row for row in self.rows if row.source in sources),
            tuple(row for row in self.slices if row.source in sources),
            tuple(row for row in self.masks if row.source in sources),
            tuple(pair for pair in self.pairs if not pair.sources.isdisjoint(sources)),
            tuple(one for one in self.links if not one.sources.isdisjoint(sources)),
        )

    def without(self, sources: Collection[str]) -> "Volumes":
        """Return those of all other sources; of pairs and links, those that none of these is in."""
        tables = (self.rows, self.slices, self.masks)
        others = self.of({row.source for table in tables for row in table} - set(sources))
        pairs = tuple(pair for pair in self.pairs if pair.sources.isdisjoint(sources))
        links = tuple(one for one in self.links if one.sources.isdisjoint(sources))
        return replace(others, pairs=pairs, links=links)

    def renamed(self, names: Mapping[str, str]) -> "Volumes":
        """Return them with other names of sources.

        Args:
            names: The new name of each source by its old one.
        """
        return Volumes(
            tuple(replace(row, source=names.get(row.source, row.source)) for row in self.rows),
            tuple(replace(row, source=names.get(row.source, row.source)) for row in self.slices),
            tuple(replace(row, source=names.get(row.source, row.source)) for row in self.masks),
            tuple(volume_pairs.renamed(self.pairs, names)),
            withdrawn_links.renamed(self.links, names),
        )

    def plus(self, other: "Volumes") -> "Volumes":
        """Return both, sorted."""
        rows = sorted((*self.rows, *other.rows), key=lambda row: row.key)
        slices = sorted((*self.slices, *other.slices), key=_order)
        masks = sorted((*self.masks, *other.masks), key=lambda row: row.key)
        pairs = volume_pairs.once((*self.pairs, *other.pairs))
        links = tuple(sorted({*self.links, *other.links}))
        return Volumes(tuple(rows), tuple(slices), tuple(masks), tuple(pairs), links)

    def by_volume(self) -> dict[tuple[str, str], list[SliceRow]]:
        """Return the slices of each volume."""
        found: dict[tuple[str, str], list[SliceRow]] = defaultdict(list)
        for one in self.slices:
            found[one.source, one.volume].append(one)
        return found

    def standing(self, records: Mapping[str, Iterable[Record]]) -> "Volumes":
        """Return the volumes whose files are all there, as they were when they were read.

        A mask stays where it is no picture itself, and what it belongs to stays; a pair, where
        both of its sides stay; a link, where one of both is withdrawn.

        Args:
            records: The manifest's rows of each source.
        """
        tables = (self.rows, self.slices, self.masks, self.links)
        if not any(tables):  # most rows are of no volume
            return self
        by_key = {row.key: row for rows in records.values() for row in rows}
        blobs = {key: row.blob for key, row in by_key.items() if row.status != "withdrawn"}
        slices = self.by_volume()
        rows = tuple(row for row in self.rows if _is_whole(row, slices[row.key], blobs))
        keys = {row.key for row in rows}
        kept = tuple(one for one in self.slices if (one.source, one.volume) in keys)
        masks = tuple(row for row in self.masks if _is_of_something(row, keys, blobs))
        volumes = {"/".join(key) for key in keys}
        pairs = tuple(pair for pair in self.pairs if volume_pairs.is_there(pair, volumes, blobs))
        links = withdrawn_links.standing(self.links, by_key)
        return Volumes(rows, kept, masks, pairs, links)


NONE = Volumes()


def _order(row: SliceRow) -> tuple[str, str, bool, int, str, int]:
    return row.source, row.volume, row.slice is None, row.slice or 0, row.path, row.frame or 0


def _is_of_something(
    mask: MaskRow, volumes: Collection[tuple[str, str]], pictures: Mapping[str, str]
) -> bool:
    if f"{mask.source}/{mask.path}" in pictures:
        return False
    if mask.volume is not None:
        return (mask.source, mask.volume) in volumes
    return mask.picture is None or f"{mask.source}/{mask.picture}" in pictures


def _is_whole(row: VolumeRow, slices: Iterable[SliceRow], blobs: Mapping[str, str]) -> bool:
    there = {one.path: blobs.get(one.image) for one in slices}
    known = {path: blob for path, blob in there.items() if blob is not None}
    return len(known) == len(there) == row.files and files_sha256(known) == row.files_sha256
