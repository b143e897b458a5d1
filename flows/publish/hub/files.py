"""Arrange the squares of a release in Parquet files that stay the same while their rows do.

A file is named by all that decides its bytes: the shard its pictures come from, and what is said of
them. So what the Hub has already is known by its name, and is neither made nor sent again.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from covid19_images.release.index import Index
from covid19_images.release.names import sized_name
from covid19_images.release.row import Row
from flows.publish import ReleaseError
from flows.publish.huggingface import SIDES, is_given

FOLDER = "data/"
_FORMAT = 1  # of the files; raise it when `huggingface.write_squares` writes other bytes
_CUT_EVERY = 400  # pictures in a file, on average: some 12 MB
_SIZE_PX = 224
_MODALITIES = {"CR": "xray", "DX": "xray", "XR": "xray", "CT": "ct"}


@dataclass(frozen=True, slots=True)
class SquaresFile:
    """A Parquet file of squares.

    Attributes:
        path: Its name on the Hub.
        split: The split of all its rows.
        modality: Their kind of picture.
        rows: Its rows, sorted by image.
    """

    path: str
    split: str
    modality: str
    rows: tuple[Row, ...]


def arrange(index: Index, rows: Sequence[Row]) -> tuple[SquaresFile, ...]:
    """Return the files of a release, sorted by name.

    Args:
        index: What the release is.
        rows: Its manifest.

    Raises:
        ReleaseError: A row is in a shard that the release does not list.
    """
    digests = {shard.name: shard.sha256 for shard in index.shards}
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        split = str(row.record.split)
        if is_given(row) and split in SIDES:
            modality = _MODALITIES.get(row.record.modality or "", "other")
            groups.setdefault((split, modality, sized_name(row.shard or "", _SIZE_PX)), []).append(
                row
            )
    files = []
    for (split, modality, shard), some in sorted(groups.items()):
        if shard not in digests:
            raise ReleaseError(f"{index.version} does not list {shard}. Nothing was sent.")
        for part in _cut(some):
            name = f"{modality}-{part[0].record.source}-{_digest(digests[shard], part)}.parquet"
            files.append(SquaresFile(f"{FOLDER}{split}/{name}", split, modality, part))
    return tuple(sorted(files, key=lambda file: file.path))


def _cut(rows: Sequence[Row]) -> Iterator[tuple[Row, ...]]:
    """Cut where an image's own id says so: one row more changes one file, not all after it."""
    part: list[Row] = []
    for row in sorted(rows, key=lambda row: (row.record.image_id or "", row.record.key)):
        part.append(row)
        ends = hashlib.sha256((row.record.image_id or "").encode()).digest()
        if int.from_bytes(ends[:4], "big") % _CUT_EVERY == 0:
            yield tuple(part)
            part = []
    if part:
        yield tuple(part)


def _digest(shard: str, rows: Sequence[Row]) -> str:
    records: list[Mapping[str, object]] = [asdict(row.record) for row in rows]
    text = json.dumps([_FORMAT, shard, records], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
