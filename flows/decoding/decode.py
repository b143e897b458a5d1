"""Decode new blobs in child processes, in batches, so that a decoder's crash costs one file."""

import signal
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from covid19_images.duplicates.features import extract
from covid19_images.images.decode import Limits
from covid19_images.images.fingerprint import fingerprint_and_grey
from covid19_images.images.refused import Refused
from flows.decoding.cache import Decoded
from flows.decoding.result import lfs_pointer
from flows.sandbox.base import Compute
from flows.sandbox.processes import (
    BATCH,
    STANDARD,
    Allowance,
    WorkerCrashed,
    batches,
    start_item_timer,
)
from flows.sandbox.spread import spread
from flows.upstream import blobs

Batch = dict[str, Decoded]
Content = tuple[str, bytes | Refused]

_SENT_BYTES = 8 * 2**20  # a batch that travels ends here; a larger file travels alone


def read_batch(clone: Path, batch: Sequence[str], limits: Limits) -> Batch:
    """Read and decode a few blobs of one clone."""
    contents = blobs.read(clone, batch, max_bytes=limits.max_bytes)
    return {blob: _decoded(content, limits) for blob, content in contents}


def decode_batch(batch: Sequence[Content], limits: Limits) -> Batch:
    """Decode a few blobs whose bytes are at hand."""
    return {blob: _decoded(content, limits) for blob, content in batch}


def _decoded(content: bytes | Refused, limits: Limits) -> Decoded:
    if isinstance(content, Refused):
        return Decoded(content)
    found = lfs_pointer(content)
    if found:
        return Decoded(found)
    start_item_timer()
    try:
        both = fingerprint_and_grey(content, limits=limits)
        if isinstance(both, Refused):
            return Decoded(both)
        return Decoded(both[0], extract(both[1]))
    except MemoryError:
        return Decoded(Refused("the decoder needs more memory for this file than it is given"))


def decode(
    clone: Path,
    wanted: Sequence[str],
    *,
    limits: Limits,
    keep: Callable[[Batch], None],
    compute: Compute = Compute(),  # noqa: B008  frozen
    allowance: Allowance = STANDARD,
) -> Batch:
    """Decode blobs of one clone.

    Args:
        clone: The bare clone; it holds the blobs.
        wanted: Their object ids.
        limits: What is too large.
        keep: Called with every batch as soon as it is done.
        compute: Where the work is done.
        allowance: What one file may need.

    Returns:
        What each blob gave; a file that kills its decoder is refused.
    """
    decoded: Batch = {}
    act = _read_here if compute.here else _sent
    for batch, done in act(clone, sorted(set(wanted)), limits, compute, allowance):
        known = _refused(batch, done) if isinstance(done, WorkerCrashed) else done
        keep(known)
        decoded |= known
    return decoded


def _reason(died: WorkerCrashed) -> str:
    return f"the decoder {died.reason}"


ENDED = frozenset(_reason(WorkerCrashed(code)) for code in (None, -signal.SIGALRM))
"""Why a file is refused whose decoder ended before it was done."""


def _refused(batch: Sequence[str], died: WorkerCrashed) -> Batch:
    return dict.fromkeys(batch, Decoded(Refused(_reason(died))))


def _read_here(
    clone: Path, wanted: Sequence[str], limits: Limits, compute: Compute, allowance: Allowance
) -> Iterator[tuple[Sequence[str], Batch | WorkerCrashed]]:
    """Decode in workers on this machine, which read the clone themselves."""
    return spread(partial(read_batch, clone, limits=limits), batches(wanted), compute, allowance)


def _sent(
    clone: Path, wanted: Sequence[str], limits: Limits, compute: Compute, allowance: Allowance
) -> Iterator[tuple[Sequence[str], Batch | WorkerCrashed]]:
    """Send workers elsewhere the bytes they work on."""
    work = _contents(clone, wanted, limits)
    for batch, done in spread(partial(decode_batch, limits=limits), work, compute, allowance):
        yield [blob for blob, _ in batch], done


def _contents(clone: Path, wanted: Sequence[str], limits: Limits) -> Iterator[Sequence[Content]]:
    batch: list[Content] = []
    size = 0
    for blob, content in blobs.read(clone, wanted, max_bytes=limits.max_bytes):
        weight = len(content) if isinstance(content, bytes) else 0
        if batch and (len(batch) == BATCH or size + weight > _SENT_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((blob, content))
        size += weight
    if batch:
        yield batch
