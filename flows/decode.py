"""Decode new blobs in child processes, in batches, so that a decoder's crash costs one file."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, forkserver, resource_tracker
from pathlib import Path

from covid19_images.duplicates.features import extract
from covid19_images.fingerprint import fingerprint_and_grey
from covid19_images.pixels import Limits, Refusal
from flows.cache import Decoded
from flows.readings import Refused, pointer
from flows.upstream import blobs
from flows.upstream.blobs import Unread

BATCH = 24  # blobs; small enough to show progress, large enough to make the hand-over cheap

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
    both = fingerprint_and_grey(content, limits=limits)
    if isinstance(both, Refusal):
        return Decoded(Refused(both.reason))
    return Decoded(both[0], extract(both[1]))


def _start_worker() -> None:
    """End when the parent does, however it ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    # A worker of a fork server would outlive a parent that was killed, and hold its pipes open.
    connection.wait([sentinel])
    os._exit(1)


def worker_pool(workers: int) -> ProcessPoolExecutor:
    """Make child processes that end with this one, however it ends."""
    # A fork of a process with threads can hang; a fork server is a process without any.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["flows.decode"])
    resource_tracker.ensure_running()  # first, because it unblocks what we block next
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    forkserver.ensure_running()  # it inherits the mask, so that Ctrl-C is the parent's alone
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker)


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
    blobs_in_order = sorted(set(wanted))
    batches = [blobs_in_order[i : i + BATCH] for i in range(0, len(blobs_in_order), BATCH)]
    if not batches:
        return decoded
    for done in _batches(clone, batches, limits, workers or os.cpu_count() or 1):
        keep(done)
        decoded |= done
    return decoded


def _batches(
    clone: Path, batches: Sequence[Sequence[str]], limits: Limits, workers: int
) -> Iterator[Batch]:
    broken: list[Sequence[str]] = []
    with worker_pool(workers) as pool:
        waiting: dict[Future[Batch], Sequence[str]] = {}
        for batch in batches:
            waiting[pool.submit(read_batch, clone, batch, limits)] = batch
        try:
            for future in as_completed(waiting):
                try:
                    yield future.result()
                except BrokenProcessPool:
                    broken.append(waiting[future])
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    for batch in broken:
        for blob in batch:
            yield _alone(clone, blob, limits)


def _alone(clone: Path, blob: str, limits: Limits) -> Batch:
    with worker_pool(1) as pool:
        try:
            return pool.submit(read_batch, clone, [blob], limits).result()
        except BrokenProcessPool:
            return {blob: Decoded(Refused("the decoder crashed on this file"))}
