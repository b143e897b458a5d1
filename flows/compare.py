"""Find copies within and across sources, and say which one is kept.

New rows are compared with all rows, old pairs are carried over: the cost follows what is new.
A pair depends on its two rows only, so that any order of nights gives the same pairs.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from covid19_images.records import Record
from flows.copies import Pair

_BLOCK = 4096  # rows compared at a time: 4096 x 4096 distances stay under 100 MB


@dataclass(frozen=True, slots=True)
class Compared:
    """All rows with their copies marked, and all pairs."""

    records: tuple[Record, ...]
    pairs: tuple[Pair, ...]


def compare(
    records: Sequence[Record],
    earlier: Iterable[Pair],
    known: Mapping[str, str],
    order: Mapping[str, int],
    *,
    radius_bits: int,
) -> Compared:
    """Find the copies among all rows.

    Args:
        records: Every row of the collection.
        earlier: The pairs found before.
        known: Blob ids by key of the rows that `earlier` was found among.
        order: Rank of each source; lower is closer to the owner.
        radius_bits: Distance of 256-bit pHashes up to which two pictures are copies.
    """
    pictures = sorted((r for r in records if _comparable(r)), key=lambda r: r.key)
    blobs = {record.key: record.blob for record in pictures}
    same = {key for key, blob in blobs.items() if known.get(key) == blob}
    kept = [pair for pair in earlier if pair.a in same and pair.b in same]
    fresh = [record for record in pictures if record.key not in same]
    pairs = sorted({*kept, *_pairs(fresh, pictures, radius_bits)})
    return Compared(tuple(_mark(records, pairs, order)), tuple(pairs))


def _comparable(record: Record) -> bool:
    # Blank pictures all look alike and are copies of nothing.
    return record.status == "active" and bool(record.phash) and "blank" not in record.quality


def _pairs(fresh: Sequence[Record], held: Sequence[Record], radius_bits: int) -> Iterator[Pair]:
    if not fresh:
        return
    new, old = _hashes(fresh), _hashes(held)
    for top in range(0, len(fresh), _BLOCK):
        for left in range(0, len(held), _BLOCK):
            near = _distances(new[top : top + _BLOCK], old[left : left + _BLOCK])
            for i, j in np.argwhere(near <= radius_bits):
                a, b = fresh[top + i], held[left + j]
                if a.key != b.key:
                    yield _pair(*sorted((a, b), key=lambda r: r.key), bits=int(near[i, j]))


def _hashes(records: Sequence[Record]) -> NDArray[np.uint64]:
    packed = b"".join(bytes.fromhex(record.phash or "") for record in records)
    return np.frombuffer(packed, dtype=">u8").astype(np.uint64).reshape(-1, 4)


def _distances(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> NDArray[np.uint16]:
    total = np.zeros((len(a), len(b)), np.uint16)
    for word in range(a.shape[1]):
        total += np.bitwise_count(a[:, None, word] ^ b[None, :, word])
    return total


def _pair(a: Record, b: Record, *, bits: int) -> Pair:
    if a.sha256 == b.sha256:
        kind, decided_by = "bytes", "bytes"
    elif a.pixels_sha256 == b.pixels_sha256:
        kind, decided_by = "pixels", "pixels"
    else:
        same_size = (a.width, a.height) == (b.width, b.height)
        kind, decided_by = "reencoded" if same_size else "resized", "verified"
    dates = [date for date in (a.last_changed, b.last_changed) if date]
    return Pair(
        a=a.key, b=b.key, kind=kind, hamming_bits=bits, decided_by=decided_by,  # type: ignore[arg-type]
        date=max(dates, default=None),
    )  # fmt: skip


def rank(record: Record, order: Mapping[str, int]) -> tuple[object, ...]:
    """Order copies: the owner's first, then the larger, deeper, earlier one."""
    pixels = (record.width or 0) * (record.height or 0)
    seen = record.first_seen or dt.date.max
    return order.get(record.source, 1000), -pixels, -(record.bit_depth or 0), seen, record.key


def _mark(
    records: Sequence[Record], pairs: Sequence[Pair], order: Mapping[str, int]
) -> Iterator[Record]:
    by_key = {record.key: record for record in records}
    kinds = {(pair.a, pair.b): pair.kind for pair in pairs}
    originals: dict[str, tuple[str, str]] = {}
    for group in _groups(pairs):
        best = min((by_key[key] for key in group), key=lambda r: rank(r, order)).key
        for key in group - {best}:
            direct = kinds.get((min(key, best), max(key, best)))
            originals[key] = best, direct or _nearest(key, kinds)
    for record in records:
        original, kind = originals.get(record.key, (None, None))
        yield replace(record, duplicate_of=original, duplicate_kind=kind)  # type: ignore[arg-type]


def _nearest(key: str, kinds: Mapping[tuple[str, str], str]) -> str:
    """Say how a row that is a copy only through others differs from one of those."""
    return next(kind for pair, kind in sorted(kinds.items()) if key in pair)


def _groups(pairs: Sequence[Pair]) -> list[set[str]]:
    keys = sorted({key for pair in pairs for key in (pair.a, pair.b)})
    at = {key: i for i, key in enumerate(keys)}
    rows, columns = [at[pair.a] for pair in pairs], [at[pair.b] for pair in pairs]
    links = coo_array((np.ones(len(pairs), np.int8), (rows, columns)), shape=(len(keys), len(keys)))
    _, labels = connected_components(links, directed=False)
    groups: dict[int, set[str]] = defaultdict(set)
    for key, label in zip(keys, labels, strict=True):
        groups[int(label)].add(key)
    return list(groups.values())
