"""Find copies among volumes, and pictures that are slices of one.

New volumes and pictures are compared with all others; old pairs are carried over. Words of slices
propose, as for pictures; noise decides.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from covid19_images.duplicates.blocks import VARIANT
from covid19_images.duplicates.volumes.compare import TRIED, Copied, Proposal, seeds
from covid19_images.duplicates.volumes.find import best
from covid19_images.images.volumes.rows import affine_text
from covid19_images.manifest.record import Record
from covid19_images.manifest.volume_pair import VolumePairRow
from flows.collection import volume_pairs
from flows.collection.volumes import Volumes
from flows.decoding import blocks
from flows.night.compare.kept import Kept
from flows.night.compare.meetings import search
from flows.night.compare.sights import comparable
from flows.night.compare.volume_features import slice_features
from flows.night.compare.volume_sides import Side, picture_sides, volume_sides
from flows.night.compare.volume_verify import Begun, VolumeVerifier
from flows.night.context import RunContext
from flows.sandbox.clock import Pace

_MOST_SIGNS = 64  # of two volumes, kept in memory


@dataclass(frozen=True, slots=True)
class VolumesCompared:
    """The copies among volumes.

    Attributes:
        pairs: They, sorted.
        unseen: Keys of volumes that could not be read; they are compared by a later night.
    """

    pairs: tuple[VolumePairRow, ...]
    unseen: frozenset[str] = frozenset()


def compare_volumes(
    context: RunContext,
    volumes: Volumes,
    records: Sequence[Record],
    known: Mapping[str, str],
    say: Callable[[str], None] = lambda _: None,
) -> VolumesCompared:
    """Return the copies among all volumes, as they are found: no person decided yet.

    Args:
        context: Configuration and cache paths.
        volumes: Those whose files are all there, and the pairs that were found before.
        records: All rows.
        known: Of volumes and pictures that were compared before, by key, what they were made of:
            `files_sha256`, or the blob.
        say: Called with how far it is.
    """
    now = {"/".join(row.key): row.files_sha256 for row in volumes.rows}
    blobs = {row.key: row.blob for row in records}
    same = {key for key, made_of in now.items() if known.get(key) == made_of}
    pictures = {key for key, blob in blobs.items() if known.get(key) == blob}
    earlier = [
        pair
        for pair in volumes.pairs
        if same.issuperset(pair.volumes) and (pair.b_is == "volume" or pair.b in pictures)
    ]
    sides = volume_sides(volumes, {row.key: row for row in records})
    if not sides:
        return VolumesCompared(tuple(earlier))
    sides += picture_sides(volumes, [row for row in records if comparable(row)])
    fresh = [
        at
        for at, side in enumerate(sides)
        if side.key not in (pictures if side.is_picture else same)
    ]
    if not fresh:
        return VolumesCompared(tuple(earlier))
    found, unseen = _found(context, sides, set(fresh), say)
    return VolumesCompared(tuple(volume_pairs.once([*found, *earlier])), unseen)


def _found(
    context: RunContext, sides: Sequence[Side], fresh: set[int], say: Callable[[str], None]
) -> tuple[list[VolumePairRow], frozenset[str]]:
    kept = Kept(context.cache / "volume-search")
    ids = {name: None for side in sides for name in side.ids}
    stored = blocks.covering(
        context.cache / "volume-blocks", ids, lambda some: slice_features(context, sides, some)
    )
    there = {name for one in stored for name in one.blobs}
    new = {name for at in fresh for name in sides[at].ids} & there
    pace = Pace("Searching for copies of volumes", say)
    signs = search(stored, new, context.config.policy.compute, kept, pace)
    proposed = _proposed(sides, fresh, signs)
    verifier = VolumeVerifier(context, sides, kept)
    copied = verifier.verify(list(_begun(context, sides, proposed)))
    kept.sweep()
    lost = {s.key for s in sides if not s.is_picture and there.isdisjoint(s.ids)}
    rows = [_row(sides[i], sides[j], one) for (i, j), one in copied.items()]
    return rows, frozenset(lost | verifier.lost)


def _proposed(
    sides: Sequence[Side], fresh: Collection[int], signs: Iterator[tuple[str, str, int, int]]
) -> dict[tuple[int, int], list[Proposal]]:
    """Return the slices of two sides that share words, those with the most first."""
    owners: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for at, side in enumerate(sides):
        for number, name in enumerate(side.ids):
            owners[name].append((at, number))
    shared: dict[tuple[int, int], set[tuple[int, int, int, int]]] = defaultdict(set)
    for one, other, what, words in signs:
        if what < VARIANT:
            continue
        for left in owners.get(one, ()):
            for right in owners.get(other, ()):
                (i, s), (j, t) = sorted((left, right))
                if i != j and (i in fresh or j in fresh) and _is_worth(sides[i], sides[j]):
                    shared[i, j].add((-words, s, t, what - VARIANT))
                    if len(shared[i, j]) > _MOST_SIGNS:
                        shared[i, j] = set(sorted(shared[i, j])[:TRIED])
    found = {pair: slices for pair, some in sorted(shared.items()) if (slices := best(some))}
    return found | {pair: [] for pair in _of_same_voxels(sides, fresh)}


def _is_worth(a: Side, b: Side) -> bool:
    """Return whether two sides can be copies of volumes: two pictures are left to their engine."""
    return max(a.slices.size[2], b.slices.size[2]) > 1


def _of_same_voxels(sides: Sequence[Side], fresh: Collection[int]) -> Iterator[tuple[int, int]]:
    by_id: dict[str, list[int]] = defaultdict(list)
    for at, side in enumerate(sides):
        if side.slices.volume_id is not None:
            by_id[side.slices.volume_id].append(at)
    for numbers in by_id.values():
        for i in numbers:
            yield from ((i, j) for j in numbers if i < j and (i in fresh or j in fresh))


def _begun(
    context: RunContext,
    sides: Sequence[Side],
    proposed: Mapping[tuple[int, int], Sequence[Proposal]],
) -> Iterator[Begun]:
    """Yield the candidates of which a slice of one may lie on one of the other, with these."""
    by_volume: dict[int, list[int]] = defaultdict(list)
    for i, j in proposed:
        by_volume[i].append(j)
    for i, others in by_volume.items():  # the features of one volume at a time
        asked = {sides[i].ids[s] for j in others for s, _, _ in proposed[i, j]}
        asked |= {sides[j].ids[t] for j in others for _, t, _ in proposed[i, j]}
        some = [sides[number] for number in (i, *others)]
        found = slice_features(context, some, sorted(asked))
        for j in others:
            a, b = sides[i], sides[j]
            if a.slices.volume_id == b.slices.volume_id:
                yield i, j, ()
                continue
            slices = [
                one for one in proposed[i, j] if a.ids[one[0]] in found and b.ids[one[1]] in found
            ]
            if not slices:
                continue
            begun = seeds(a.with_features(found), b.with_features(found), slices)
            if begun:
                yield i, j, tuple(begun)


def _row(a: Side, b: Side, copied: Copied) -> VolumePairRow:
    dates = [row.last_changed for side in (a, b) for row in side.rows if row.last_changed]
    return VolumePairRow(
        a=a.key,
        b=b.key,
        b_is="picture" if b.is_picture else "volume",
        kind=copied.kind,
        affine=affine_text(copied.affine),
        decided_by="voxels" if copied.kind == "voxels" else "verified",
        date=max(dates, default=None),
    )
