"""Fill in where the picture of every row of a release is: its shard, and its name in it."""

from collections.abc import Mapping
from dataclasses import replace

from covid19_images.release.row import Row
from flows.publish.build import Built
from flows.publish.select import Previous, ReleasePlan


def located(
    release_plan: ReleasePlan, built: Mapping[str, Built], previous: Previous | None
) -> tuple[Row, ...]:
    """Return the rows of a release, by source and path, with where their pictures are.

    Args:
        release_plan: What is in the release.
        built: The members of every source's shards.
        previous: The release before.
    """
    before = {row.record.key: row for row in previous.rows} if previous else {}
    places = {
        (name, member.image_id): member.shard
        for name, one in built.items()
        for member in one.members
    }
    found = []
    for row in release_plan.rows:
        record = row.record
        image = record.image_id or ""
        shard = places.get((record.source, image)) if row.redistributable else None
        main = built[record.source].mains[image] if shard else None
        found.append(_with_location(row, before.get(record.key), shard, main))
    return tuple(sorted(found, key=lambda r: (r.record.source, r.record.path)))


def _with_location(row: Row, old: Row | None, shard: str | None, member: str | None) -> Row:
    """Fill in where the picture is, and when the row last changed.

    The upstream's commit may move without anything happening to this image: it is no change.
    """
    row = replace(row, shard=shard, member=member)
    same = old is not None and (old.record, old.redistributable, old.member) == (
        row.record,
        row.redistributable,
        row.member,
    )
    return replace(row, changed_in=old.changed_in) if same and old else row
