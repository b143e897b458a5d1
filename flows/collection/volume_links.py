"""Which pictures belong together because the volumes that they make are copies."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from covid19_images.manifest.record import Record
from covid19_images.manifest.volume import SliceRow, VolumeRow
from covid19_images.manifest.volume_pair import VolumePairRow
from flows.collection.duplicates import Pair
from flows.collection.lives import left_by_configuration
from flows.collection.volumes import Volumes
from flows.collection.withdrawn_links import WithdrawnLink, link, standing


def linked(volumes: Volumes) -> list[Pair]:
    """Return the pictures that show one slice, or of which one is a slice of the other's volume.

    They stand as parts: they are in one group, and a takedown of one holds the other; which one a
    set keeps is said of volumes. So do those of volumes that were withdrawn.

    Args:
        volumes: The volumes and their pairs.
    """
    found = {(one.a, one.b) for one in volumes.links}
    if not volumes.pairs:
        return _parts(found)
    slices = volumes.by_volume()
    rows = {"/".join(row.key): row for row in volumes.rows}
    found |= {
        (min(one, other), max(one, other))
        for pair in volumes.pairs
        for one, other in _of_pair(pair, rows, slices)
        if one != other
    }
    return _parts(found)


def outliving(
    volumes: Volumes,
    before: Mapping[str, Iterable[Record]],
    now: Mapping[str, Iterable[Record]],
) -> tuple[WithdrawnLink, ...]:
    """Return what pictures that upstream withdrew shared with others, as far as it was known.

    Args:
        volumes: The volumes and their pairs, as they were.
        before: All rows then, by source.
        now: All rows, by source.
    """
    pairs = linked(replace(volumes, links=()))
    keys = {key for pair in pairs for key in (pair.a, pair.b)}
    keys |= {key for one in volumes.links for key in (one.a, one.b)}
    if not keys:  # no row needs to be looked at
        return ()
    then, there = (_among(keys, rows) for rows in (before, now))
    gone = {key for key, row in there.items() if left_by_configuration(row)}
    known = [pair for pair in pairs if {pair.a, pair.b} <= then.keys() - gone]
    return standing([*volumes.links, *(link(then[pair.a], then[pair.b]) for pair in known)], there)


def _among(keys: Collection[str], rows: Mapping[str, Iterable[Record]]) -> dict[str, Record]:
    sources = {key.partition("/")[0] for key in keys}
    return {row.key: row for name in sources for row in rows.get(name, ()) if row.key in keys}


def _parts(found: Iterable[tuple[str, str]]) -> list[Pair]:
    return [Pair(a=a, b=b, kind="part") for a, b in sorted(found)]


def _of_pair(
    pair: VolumePairRow,
    rows: Mapping[str, VolumeRow],
    slices: Mapping[tuple[str, str], Sequence[SliceRow]],
) -> Iterator[tuple[str, str]]:
    a = rows[pair.a]
    own = slices[a.key]
    if pair.b_is == "picture":
        other = [SliceRow(source="", path="", volume="", slice=1)]
        size, names = 1, [pair.b]
    else:
        b = rows[pair.b]
        other = list(slices[b.key])
        size, names = b.slices or 1, [one.image for one in other]
    for one in own:
        at = _place(pair, a, one)
        for there, name in zip(other, names, strict=True):
            if at is None or there.slice is None or _is_at(there.slice, at, size):
                yield one.image, name


def _is_at(number: int, place: float, size: int) -> bool:
    """Return whether a slice, by its number from 1, is the one at a place, or nearest to it."""
    inside = -0.5 <= place <= size - 0.5
    return inside and abs(number - 1 - place) <= 0.5


def _place(pair: VolumePairRow, volume: VolumeRow, one: SliceRow) -> float | None:
    """Return where the middle of a slice is among those of the other; `None` for any place."""
    if pair.affine is None or one.slice is None:
        return None
    matrix = _matrix(pair.affine)
    if not np.allclose(matrix[2, :2], 0, atol=1e-3):  # their slices cross
        return None
    middle = ((volume.columns or 1) - 1) / 2, ((volume.rows or 1) - 1) / 2, one.slice - 1, 1
    return float(matrix[2] @ middle)


def _matrix(affine: str) -> NDArray[np.float64]:
    return np.array([float(word) for word in affine.split(" ")]).reshape(3, 4)
