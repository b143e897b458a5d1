"""The tables that "Have you seen this image?" looks into: hashes of all pictures, in shards.

Features stand in shards of the same pictures (`flows.site.features`).

A browser that knows a picture's pixels or a file's bytes needs one shard; one that has to search
by perceptual hash needs all of `pixels`, 41 bytes a picture.
"""

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from covid19_images.duplicates.features import Features
from covid19_images.duplicates.transforms import HASH_RADIUS_BITS
from flows.site.features import Lookup
from flows.site.pictures import Picture

_ONE_DIGIT = 1 << 16  # pictures up to which sixteen shards do
_KEY = 16  # hex digits: of an image id behind `c19-`, and what is kept of a file's SHA-256

Shard = tuple[str, str]
"""The hex digits that its keys begin with, and its records in base64."""


def index(pictures: Sequence[Picture]) -> dict[str, object]:
    """Return what the page loads first."""
    return {
        "pictures": sum(1 for _ in _shown(pictures)),
        "digits": _digits(pictures),
        "splits": _splits(pictures),
        "bits": HASH_RADIUS_BITS,
    }


def pixels(pictures: Sequence[Picture]) -> Iterator[Shard]:
    """Return the shards by image id: all ids, then all hashes, then the number of each split."""
    splits = {split: number for number, split in enumerate(_splits(pictures))}
    for prefix, found in _by_id(pictures):
        ids = bytes.fromhex("".join(map(_key, found)))
        hashes = bytes.fromhex("".join(picture.first.phash or "" for picture in found))
        numbers = bytes(splits[picture.first.split or ""] for picture in found)
        yield prefix, base64.b64encode(ids + hashes + numbers).decode()


def files(pictures: Sequence[Picture]) -> Iterator[Shard]:
    """Return the shards by SHA-256 of files: its first 8 bytes and the image id of each."""
    shards = defaultdict[str, set[str]](set)
    digits = _digits(pictures)
    for picture in _shown(pictures):
        for row in picture.rows:
            if row.sha256:
                shards[row.sha256[:digits]].add(row.sha256[:_KEY] + _key(picture))
    for prefix in _prefixes(digits):
        yield prefix, base64.b64encode(bytes.fromhex("".join(sorted(shards[prefix])))).decode()


def described(
    pictures: Sequence[Picture], features: Lookup
) -> Iterator[tuple[str, list[tuple[Picture, Features]]]]:
    """Return the pictures whose features are known, by the digits of their shard."""
    for prefix, part in _by_id(pictures):
        found = features(picture.first.blob for picture in part)
        yield prefix, [(p, found[p.first.blob]) for p in part if p.first.blob in found]


def _by_id(pictures: Sequence[Picture]) -> Iterator[tuple[str, list[Picture]]]:
    """Return the pictures by the digits that their ids begin with, in order."""
    shards = defaultdict[str, list[Picture]](list)
    digits = _digits(pictures)
    for picture in _shown(pictures):
        shards[_key(picture)[:digits]].append(picture)
    for prefix in _prefixes(digits):
        yield prefix, sorted(shards[prefix], key=_key)


def _shown(pictures: Iterable[Picture]) -> Iterator[Picture]:
    """Return what can be recognised: a blank picture is a copy of nothing."""
    return (p for p in pictures if p.first.phash and "blank" not in p.first.quality)


def _key(picture: Picture) -> str:
    return picture.image_id.removeprefix("c19-")


def _splits(pictures: Iterable[Picture]) -> list[str]:
    return sorted({picture.first.split or "" for picture in pictures})


def _digits(pictures: Sequence[Picture]) -> int:
    return 1 if len(pictures) <= _ONE_DIGIT else 2


def _prefixes(digits: int) -> Iterator[str]:
    return (f"{number:0{digits}x}" for number in range(16**digits))
