"""What "Have you seen this image?" compares pictures by: features, in parts a browser fetches.

All of a picture's features are 12 kB, so the page fetches those of a few candidates. What it finds
candidates by are the codes of each picture's strongest keypoints, of which a quarter will do: the
other groups of a code only tell mirrored pictures and negatives, which the browser asks for too.
"""

import base64
import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from covid19_images.duplicates.codes import GROUP_BITS, projections
from covid19_images.duplicates.features import Features
from covid19_images.images.colour_maps import RAINBOWS, line
from covid19_images.release import tar
from covid19_images.release.index import Shard
from flows.decoding.cache import Cache
from flows.site.pictures import Picture

POINTS = 150
"""Keypoints of a picture that candidates are found by: 900 bytes."""

Lookup = Callable[[Iterable[str]], Mapping[str, Features]]
"""Return features by blob, of those blobs that have any."""

Fetch = Callable[[str, str, Path], None]
"""Fetches a file of a release: version, name, where to."""

_BYTES = GROUP_BITS // 8
_NOT_SAID = 2


def none_of(_blobs: Iterable[str]) -> Mapping[str, Features]:
    """Return no features: the page then knows hashes only."""
    return {}


def planes() -> str:
    """Return the hyperplanes of a code's first group, (128, 48) float32 in base64."""
    return _packed(projections()[:, :GROUP_BITS].astype("<f4").tobytes())


def rainbows() -> str:
    """Return the colours of the maps that no luminance tells, 256 of each, in base64."""
    return _packed(b"".join(line(name).astype(np.uint8).tobytes() for name in RAINBOWS))


def found_by(part: Sequence[tuple[Picture, Features]]) -> str:
    """Return the codes of some pictures: of each its id, how many codes, and the codes."""
    return _packed(b"".join(_strongest(picture, found) for picture, found in part))


def whole(picture: Picture, found: Features, *, may_show: bool) -> str:
    """Return all features of a picture, as `features.js` of the site reads them.

    Its modality comes first, because neighbouring slices of a CT look like copies.

    Args:
        picture: The picture.
        found: Its features.
        may_show: Whether its licence lets us show the small picture that is in them.
    """
    modality = picture.first.modality
    is_slice = _NOT_SAID if not modality else int(modality == "CT")
    head = bytes([is_slice, len(found.panels)])
    numbers = [len(found.points), *(value for panel in found.panels for value in panel)]
    points = np.concatenate([numbers, found.points.reshape(-1)]).astype("<u2").tobytes()
    return _packed(head + points + found.codes.tobytes() + (found.frame if may_show else b""))


def kept(
    cache: Path,
    blobs: Sequence[str],
    shards: Iterable[Shard],
    fetch: Fetch,
) -> Lookup:
    """Return how features are looked up: in the cache, which a release fills where some lack.

    Args:
        cache: The folder of what may be lost.
        blobs: Of the pictures that are shown.
        shards: Of the newest release.
        fetch: Writes a file of a version to a path.
    """
    memory = Cache(cache / "decoded.sqlite")
    if memory.lacks_features(blobs):
        for shard in shards:
            if shard.layer == "features":
                _restore(memory, shard, fetch)
    return memory.features


def _restore(memory: Cache, shard: Shard, fetch: Fetch) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch, shard.name)
        fetch(shard.first_published, shard.name, file)
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        if digest == shard.sha256:
            memory.put_features(dict(_read(file)))


def _read(file: Path) -> Iterator[tuple[str, Features]]:
    for name in tar.spans(file):
        content = tar.read(file, name)
        if content is None:
            continue
        try:
            yield name.removesuffix(".features"), Features.from_bytes(content)
        except ValueError:
            continue  # of another version of the algorithm


def _strongest(picture: Picture, found: Features) -> bytes:
    each = POINTS // max(1, len(found.panels))
    codes = np.concatenate([panel[:each, :_BYTES] for panel in found.codes_by_panel()])
    name = bytes.fromhex(picture.image_id.removeprefix("c19-"))
    return name + bytes([len(codes)]) + codes.tobytes()


def _packed(content: bytes) -> str:
    return base64.b64encode(content).decode()
