"""Decode new blobs in child processes, in batches, so that a decoder's crash costs one file."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from pathlib import Path

from covid19_images.fingerprint import fingerprint
from covid19_images.pixels import Limits, Refusal
from flows.readings import Reading, Refused, pointer
from flows.upstream import blobs
from flows.upstream.blobs import Unread

BATCH = 24  # blobs; small enough to show progress, large enough to make the hand-over cheap

Readings = dict[str, Reading]


def read_batch(clone: Path, batch: Sequence[str], limits: Limits) -> Readings:
    """Read and decode a few blobs of one clone."""
    contents = blobs.read(clone, batch, max_bytes=limits.max_bytes)
    return {blob: _reading(content, limits) for blob, content in contents}


def _reading(content: bytes | Unread, limits: Limits) -> Reading:
    if isinstance(content, Unread):
        return Refused(content.reason)
    found = pointer(content)
    if found:
        return found
    result = fingerprint(content, limits=limits)
    return Refused(result.reason) if isinstance(result, Refusal) else result


def _start_worker() -> None:
    """Leave Ctrl-C to the parent, and end when the parent does, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    # A worker of a fork server would outlive a parent that was killed, and hold its pipes open.
    connection.wait([sentinel])
    os._exit(1)


def _pool(workers: int) -> ProcessPoolExecutor:
    # A fork of a process with threads can hang; a fork server is started before there are any.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["flows.decode"])
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker)


def decode(
    clone: Path,
    wanted: Sequence[str],
    *,
    limits: Limits,
    keep: Callable[[Readings], None],
    workers: int | None = None,
) -> Readings:
    """Decode blobs of one clone.

    Args:
        clone: The bare clone; it holds the blobs.
        wanted: Their object ids.
        limits: What is too large.
        keep: Called with every batch as soon as it is done.
        workers: Child processes; one per core unless told.

    Returns:
        A reading for every blob; a file that kills its decoder is refused.
    """
    readings: Readings = {}
    blobs_in_order = sorted(set(wanted))
    batches = [blobs_in_order[i : i + BATCH] for i in range(0, len(blobs_in_order), BATCH)]
    if not batches:
        return readings
    for done in _decoded(clone, batches, limits, workers or os.cpu_count() or 1):
        keep(done)
        readings |= done
    return readings


def _decoded(
    clone: Path, batches: Sequence[Sequence[str]], limits: Limits, workers: int
) -> Iterator[Readings]:
    broken: list[Sequence[str]] = []
    with _pool(workers) as pool:
        waiting: dict[Future[Readings], Sequence[str]] = {}
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


def _alone(clone: Path, blob: str, limits: Limits) -> Readings:
    with _pool(1) as pool:
        try:
            return pool.submit(read_batch, clone, [blob], limits).result()
        except BrokenProcessPool:
            return {blob: Refused("the decoder crashed on this file")}
