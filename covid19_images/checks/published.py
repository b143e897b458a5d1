"""Fetch the features that a release holds: computing them takes ten times as long.

Nothing of a user's pictures is sent: whole files of the release are asked for, where the copy is
from. Where they cannot be had at once they are computed, so one try is enough.
"""

import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import requests

from covid19_images.download.copy import LocalCopy
from covid19_images.download.errors import ReleaseTroubleError
from covid19_images.download.origin import Origin, origin
from covid19_images.download.request import read as request_of
from covid19_images.download.session import new_session
from covid19_images.download.squares import Say
from covid19_images.download.transfer import fetch
from covid19_images.download.watch import StoppedError, Watch
from covid19_images.duplicates.features import Features
from covid19_images.manifest.record import Record
from covid19_images.release import tar
from covid19_images.release.index import Shard

LEAST = 20
"""Pictures below which computing is as quick."""

_SHARE = 4  # … and where only so small a part of what is published is wanted
_BACKOFF_S = 0.1


class _Once(Watch):
    """Ends where a download would wait and try again."""

    def pause(self, seconds: float) -> None:
        """Stop instead of waiting."""
        raise StoppedError(f"nobody waits {seconds} s for what can be computed")


def published(
    copy: LocalCopy, records: Sequence[Record], scratch: Path, say: Say
) -> dict[str, Features]:
    """Return the features of pictures by `image_id`, as far as the release has them.

    Args:
        copy: The local copy.
        records: Rows whose features are wanted.
        scratch: A folder on whose disk there is room.
        say: Called with the progress.
    """
    shards = [shard for shard in copy.index.shards if shard.layer == "features"]
    few = len(records) < max(LEAST, sum(shard.images for shard in shards) // _SHARE)
    if not shards or few:
        return {}
    wanted = {record.blob: str(record.image_id) for record in records}
    found: dict[str, Features] = {}
    try:
        asked = request_of(copy.folder)
        session = new_session(backoff_s=_BACKOFF_S)
        place = origin(asked.origin, session, loopback=asked.loopback)
        for done, shard in enumerate(shards, start=1):
            found |= _fetched(session, place, shard, wanted, scratch)
            say("Fetching what the collection's pictures are recognised by", done, len(shards))
    except (ReleaseTroubleError, StoppedError, OSError, tarfile.ReadError):
        return found  # the rest is computed
    return found


def _fetched(
    session: requests.Session,
    place: Origin,
    shard: Shard,
    wanted: Mapping[str, str],
    scratch: Path,
) -> dict[str, Features]:
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        file = Path(folder, shard.name)
        location = place.locate(shard.first_published, shard.name)
        fetch(session, location, file, sha256=shard.sha256, size=shard.size, watch=_Once())
        return dict(_read(file, wanted))


def _read(file: Path, wanted: Mapping[str, str]) -> Iterator[tuple[str, Features]]:
    for name in tar.spans(file):
        image = wanted.get(name.removesuffix(".features"))
        content = tar.read(file, name) if image else None
        if image is None or content is None:
            continue
        try:
            yield image, Features.from_bytes(content)
        except ValueError:
            continue  # of another version of the algorithm
