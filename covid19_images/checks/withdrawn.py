"""Find which pictures were withdrawn by their owners, or taken down, by what is left of them.

The collection holds no pixels of them any more: only the hashes of their rows, and of what was
taken down the first digits of one.
"""

from collections.abc import Iterable, Iterator, Sequence

from covid19_images.duplicates.picture import Item
from covid19_images.images.fingerprint import image_id
from covid19_images.manifest.record import Record, is_withdrawn
from covid19_images.release.index import Tombstone

# Of 27.8 million pairs of different pictures none is as near, and every resized or re-encoded copy
# of the measured ones is (at most 22 bits).
_MOST_BITS = 32


def find(
    pictures: Sequence[Item], records: Iterable[Record], tombstones: Iterable[Tombstone]
) -> Iterator[tuple[str, str, str, str]]:
    """Return (key of the picture, key of the row or its image id, kind, why) for each.

    Args:
        pictures: The pictures to look at.
        records: The rows of the collection; those withdrawn or held count.
        tombstones: What was taken down.
    """
    gone = [r for r in records if is_withdrawn(r) and "blank" not in r.quality]
    buried = {one.image_id: one for one in tombstones}
    for picture in pictures:
        if "blank" in picture.quality:
            continue
        own = image_id(picture.pixels_sha256) if picture.pixels_sha256 else None
        if own in buried:
            one = buried[own]
            why = f"taken down on {one.date.isoformat()} ({one.reason})"
            yield picture.key, one.image_id, "pixels", why
        for record in gone:
            if kind := _kind(picture, record):
                yield picture.key, record.key, kind, record.status_reason or record.status


def _kind(picture: Item, record: Record) -> str | None:
    if picture.sha256 and picture.sha256 == record.sha256:
        return "bytes"
    if picture.pixels_sha256 and picture.pixels_sha256 == record.pixels_sha256:
        return "pixels"
    if not picture.phash or not record.phash:
        return None
    bits = (int(picture.phash, 16) ^ int(record.phash, 16)).bit_count()
    return "undecided" if bits <= _MOST_BITS else None
