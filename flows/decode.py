"""Decode new blobs in child processes, in batches, so that a decoder's crash costs one file."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from covid19_images.duplicates.features import extract
from covid19_images.fingerprint import fingerprint_and_grey
from covid19_images.pixels import Limits, Refusal
from flows.cache import Decoded
from flows.children import batches, spread
from flows.readings import Refused, pointer
from flows.upstream import blobs
from flows.upstream.blobs import Unread

Batch = dict[str, Decoded]

_CRASHED = Decoded(Refused("the decoder crashed on this file"))


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
    both = fingerprint_and_grey(content, limits=limits)
    if isinstance(both, Refusal):
        return Decoded(Refused(both.reason))
    return Decoded(both[0], extract(both[1]))


def decode(
    clone: Path,
    wanted: Sequence[str],
    *,
    limits: Limits,
    keep: Callable[[Batch], None],
    workers: int | None = None,
) -> Batch:
    """Decode blobs of one clone.

    Args:
        clone: The bare clone; it holds the blobs.
        wanted: Their object ids.
        limits: What is too large.
        keep: Called with every batch as soon as it is done.
        workers: Child processes; one per core unless told.

    Returns:
        What each blob gave; a file that kills its decoder is refused.
    """
    decoded: Batch = {}
    act = partial(read_batch, clone, limits=limits)
    for batch, done in spread(act, batches(sorted(set(wanted))), workers=workers):
        known = dict.fromkeys(batch, _CRASHED) if done is None else done
        keep(known)
        decoded |= known
    return decoded
