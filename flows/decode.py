"""Decode new blobs in child processes, in batches, so that a decoder's crash costs one file."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from covid19_images.duplicates.features import extract
from covid19_images.fingerprint import fingerprint_and_grey
from covid19_images.pixels import Limits, Refusal
from flows.cache import Decoded
from flows.children import STANDARD, Allowance, Died, batches, next_item, spread
from flows.readings import Refused, pointer
from flows.upstream import blobs
from flows.upstream.blobs import Unread

Batch = dict[str, Decoded]


def read_batch(clone: Path, batch: Sequence[str], limits: Limits) -> Batch:
    """Read and decode a few blobs of one clone."""
    contents = blobs.read(clone, batch, max_bytes=limits.max_bytes)
    return {blob: _decoded(content, limits) for blob, content in contents}


def _decoded(content: bytes | Unread, limits: Limits) -> Decoded:
    if isinstance(content, Unread):
        return Decoded(Refused(content.reason))
    found = pointer(content)
    if found:
        return Decoded(found)
    next_item()
    try:
        both = fingerprint_and_grey(content, limits=limits)
        if isinstance(both, Refusal):
            return Decoded(Refused(both.reason))
        return Decoded(both[0], extract(both[1]))
    except MemoryError:
        return Decoded(Refused("the decoder needs more memory for this file than it is given"))


def decode(
    clone: Path,
    wanted: Sequence[str],
    *,
    limits: Limits,
    keep: Callable[[Batch], None],
    workers: int | None = None,
    allowance: Allowance = STANDARD,
) -> Batch:
    """Decode blobs of one clone.

    Args:
        clone: The bare clone; it holds the blobs.
        wanted: Their object ids.
        limits: What is too large.
        keep: Called with every batch as soon as it is done.
        workers: Child processes; one per core unless told.
        allowance: What one file may need.

    Returns:
        What each blob gave; a file that kills its decoder is refused.
    """
    decoded: Batch = {}
    act = partial(read_batch, clone, limits=limits)
    work = batches(sorted(set(wanted)))
    for batch, done in spread(act, work, workers=workers, allowance=allowance):
        came = _refused(batch, done) if isinstance(done, Died) else done
        keep(came)
        decoded |= came
    return decoded


def _refused(batch: Sequence[str], died: Died) -> Batch:
    return dict.fromkeys(batch, Decoded(Refused(f"the decoder {died.reason}")))
