"""Which image is in which shard, and since it was put there, for good.

An image keeps the shard it was first put into. New images go into new shards; a shard is written
again only when an image has to leave it. So a release costs what is new.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from covid19_images.manifest import identifiers
from covid19_images.manifest.dataclass_csv import Table

MEMBERS = "members.csv"


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """One image's place, and what its bytes there depend on: a row of `members.csv`.

    Attributes:
        shard: The shard of the layer `images`.
        image_id: The image.
        blob: The git blob it was made from.
        licence: What the JSON beside it says.
    """

    shard: str
    image_id: str
    blob: str
    licence: str


def _odd(cells: Mapping[str, object]) -> Iterator[str]:
    named = dict(cells)
    if str(named["shard"]).startswith("features-") and named["image_id"] == named["blob"]:
        del named["image_id"]  # features belong to bytes: there the blob stands for the image
    return identifiers.odd(named)


_TABLE = Table(Member, MEMBERS, odd=_odd)
loads = _TABLE.loads


def dumps(members: Iterable[Member]) -> str:
    """Write `members.csv`, sorted."""
    return _TABLE.dumps(sorted(members))


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which image goes where.

    Attributes:
        kept: Members of shards that stay as they are.
        rewritten: Members of shards that lost an image.
        fresh: Images that have no shard yet, as (image_id, blob, licence), sorted.
    """

    kept: Mapping[str, tuple[Member, ...]]
    rewritten: Mapping[str, tuple[Member, ...]]
    fresh: tuple[tuple[str, str, str], ...]


def assign(before: Iterable[Member], wanted: Mapping[str, Sequence[tuple[str, str]]]) -> Assignment:
    """Leave every image where it is, and find out what that costs.

    Args:
        before: The members of the previous release, of one source.
        wanted: By image id, the (blob, licence) it may be made from, best first.

    Returns:
        The assignment.
    """
    by_shard: dict[str, list[Member]] = {}
    for member in sorted(before):
        by_shard.setdefault(member.shard, []).append(member)
    kept, rewritten = {}, {}
    placed: set[str] = set()
    for shard, members in by_shard.items():
        stay = [m for m in members if (m.blob, m.licence) in wanted.get(m.image_id, ())]
        placed.update(m.image_id for m in stay)
        if stay == members:
            kept[shard] = tuple(stay)
        elif stay:
            rewritten[shard] = tuple(stay)
    fresh = ((image, *choices[0]) for image, choices in wanted.items() if image not in placed)
    return Assignment(kept, rewritten, tuple(sorted(fresh)))
