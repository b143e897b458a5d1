"""Apply people's decisions to pairs of volumes, and say which one of two is kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.exposures import rank
from covid19_images.manifest.volume import VolumeRow
from covid19_images.manifest.volume_pair import VolumePairRow
from flows.collection.volumes import Volumes
from flows.config.decisions import Decision

_LESS = ("part", "cropped", "slice")  # one shows less than the other


def decided(
    pairs: Iterable[VolumePairRow],
    decisions: Sequence[Decision],
    volumes: Volumes,
    records: Iterable[Record],
    order: Mapping[str, int],
) -> tuple[VolumePairRow, ...]:
    """Apply people's decisions to the pairs found; the last about a pair counts.

    Args:
        pairs: The pairs found.
        decisions: What people decided: volumes are called `source/volume`.
        volumes: The volumes.
        records: All rows.
        order: Rank of each source; lower is closer to the owner.
    """
    rows = {"/".join(row.key): row for row in volumes.rows}
    by_key = {pair.key: pair for pair in pairs}
    if decisions:
        names = {row.image_id: row.key for row in records if row.image_id}
        for decision in decisions:
            _apply(by_key, decision, names, rows)
    kept = (_with_kept(pair, rows, order) for pair in by_key.values())
    return tuple(sorted(kept, key=lambda pair: pair.key))


def _apply(
    by_key: dict[tuple[str, str, str], VolumePairRow],
    decision: Decision,
    names: Mapping[str, str],
    rows: Mapping[str, VolumeRow],
) -> None:
    a, b = (names.get(one, one) for one in (decision.a, decision.b))
    both = {a, b}
    there = [key for key, pair in by_key.items() if {pair.a, pair.b} == both]
    if decision.verdict == "different":
        for key in there:
            del by_key[key]
        return
    for key in there:
        by_key[key] = replace(by_key[key], decided_by="person", date=decision.date)
    if not there and both <= rows.keys() and a != b:
        stated = VolumePairRow(
            a=min(both), b=max(both), kind="unknown", decided_by="person", date=decision.date
        )
        by_key[stated.key] = stated


def _with_kept(
    pair: VolumePairRow, rows: Mapping[str, VolumeRow], order: Mapping[str, int]
) -> VolumePairRow:
    if pair.b_is == "picture":
        return replace(pair, kept="a")
    a, b = (_rank(rows[key], pair, order) for key in (pair.a, pair.b))
    return replace(pair, kept="a" if a <= b else "b")


def _rank(row: VolumeRow, pair: VolumePairRow, order: Mapping[str, int]) -> tuple[object, ...]:
    """Order two volumes, the one to keep first.

    The whole before a part; then the original owner's before a collector's, Hounsfield units before
    others, and more voxels before fewer.
    """
    voxels = (row.columns or 0) * (row.rows or 0) * (row.slices or 0)
    whole = -voxels if pair.kind in _LESS else 0
    return whole, rank(order, row.source), row.units != "HU", -voxels
