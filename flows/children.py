"""Spread work that hostile bytes may crash over child processes: a crash costs one item."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, forkserver, resource_tracker
from typing import TypeVar

import cv2
from threadpoolctl import threadpool_limits

T = TypeVar("T")
R = TypeVar("R")

BATCH = 24  # items; small enough to show progress, large enough to make the hand-over cheap


def batches(items: Sequence[T], *, size: int = BATCH) -> list[Sequence[T]]:
    """Cut items into batches, in their order."""
    return [items[i : i + size] for i in range(0, len(items), size)]


def spread(
    act: Callable[[Sequence[T]], R], work: Sequence[Sequence[T]], *, workers: int | None = None
) -> Iterator[tuple[Sequence[T], R | None]]:
    """Do work in child processes, batch by batch, as they are done.

    Args:
        act: Done to each batch; it and what it takes and gives must be picklable.
        work: The batches.
        workers: Child processes; one per core unless told.

    Yields:
        Each batch and what it came to. An item that kills its process comes in a batch of its
        own, with `None`; the others of its batch are done again.
    """
    if not work:
        return
    broken: list[Sequence[T]] = []
    with pool(workers or os.cpu_count() or 1) as running:
        waiting: dict[Future[R], Sequence[T]] = {}
        for batch in work:
            waiting[running.submit(act, batch)] = batch
        try:
            for future in as_completed(waiting):
                try:
                    yield waiting[future], future.result()
                except BrokenProcessPool:
                    broken.append(waiting[future])
        finally:
            running.shutdown(wait=False, cancel_futures=True)
    for batch in broken:
        for i in range(len(batch)):
            yield batch[i : i + 1], _alone(act, batch[i : i + 1])


def _alone(act: Callable[[Sequence[T]], R], batch: Sequence[T]) -> R | None:
    with pool(1) as running:
        try:
            return running.submit(act, batch).result()
        except BrokenProcessPool:
            return None


def pool(workers: int) -> ProcessPoolExecutor:
    """Make a pool of processes without threads, which end when this one does."""
    # A fork of a process with threads can hang; a fork server is a process without any.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["flows.decode"])
    resource_tracker.ensure_running()  # first, because it unblocks what we block next
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    forkserver.ensure_running()  # it inherits the mask, so that Ctrl-C is the parent's alone
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker)


def _start_worker() -> None:
    """End when the parent does, however it ends; leave the other cores to the other workers."""
    threadpool_limits(1)
    cv2.setNumThreads(1)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    # A worker of a fork server would outlive a parent that was killed, and hold its pipes open.
    connection.wait([sentinel])
    os._exit(1)
