"""Spread work that hostile bytes may crash over child processes: a crash costs one item.

The standard library's pool and a few signals, and not pebble's `ProcessPool`, which ends a worker
by a time per task: a batch is one task here (handing over single files costs more than decoding
them), and the limit is per file, in processor time, kept by the kernel even where C code never
returns. pebble also reports that a worker died, not which file of its batch did it, sets no
memory limit, and its workers outlive a parent that is killed; each of these would still be ours.
"""

import multiprocessing
import os
import resource
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from multiprocessing import connection, forkserver, resource_tracker
from multiprocessing.context import ForkServerContext
from typing import Generic, TypeVar

import cv2
from threadpoolctl import threadpool_limits

from flows.sandbox.limits import lower
from flows.sandbox.secrets import SECRET

T = TypeVar("T")
R = TypeVar("R")

BATCH = 24  # items; small enough to show progress, large enough to make the hand-over cheap


def batches(items: Sequence[T], *, size: int = BATCH) -> list[Sequence[T]]:
    """Cut items into batches, in their order."""
    return [items[i : i + size] for i in range(0, len(items), size)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What the work on one item may need; a child process that needs more is ended.

    Attributes:
        memory_bytes: Data of the process.
        cpu_s: Processor time of one item; it may take ten times as long by the clock.
    """

    memory_bytes: int = 6 * 2**30
    cpu_s: float = 120


@dataclass(frozen=True, slots=True)
class WorkerCrashed:
    """An item that ended its process.

    Attributes:
        exit_code: How; negative for a signal.
    """

    exit_code: int | None

    @property
    def reason(self) -> str:
        """Return how it ended, in words that follow "the decoder"."""
        timed_out = (-signal.SIGPROF, -signal.SIGALRM)
        return (
            "took too long on this file" if self.exit_code in timed_out else "crashed on this file"
        )


STANDARD = Allowance()
# What workers run is imported once, by the server that they are forks of.
_PRELOAD = (
    "flows.decoding.decode",
    "flows.decoding.masks",
    "flows.decoding.volume_copies",
    "flows.decoding.volumes",
    "flows.night.compare.meetings",
    "flows.night.compare.verify",
    "flows.night.plan.previews.decode",
    "flows.publish.process",
    "flows.decoding.prepared",  # last
)
_WALL_PER_CPU_S = 10  # seconds by the clock for one of the processor
_cpu_s: float | None = None  # in a child: what the item at hand may take


def spread(
    act: Callable[[Sequence[T]], R],
    work: Iterable[Sequence[T]],
    *,
    workers: int | None = None,
    allowance: Allowance = STANDARD,
    ahead: int | None = None,
) -> Iterator[tuple[Sequence[T], R | WorkerCrashed]]:
    """Run work in child processes; yield batch by batch, as they are done.

    Args:
        act: Done to each batch; it and what it takes and gives must be picklable. It calls
            `start_item_timer` before each item.
        work: The batches; they are made as they are needed.
        workers: Child processes; one per core by default.
        allowance: What each item may need.
        ahead: How many batches may be begun before the oldest one is done; any number by default.

    Yields:
        Each batch and its result. An item that ends its process comes in a batch of its
        own, with how it ended; the others of its batch are done again.
    """
    left = _Waiting(work)
    while left:
        suspects = yield from _until_broken(
            act, left, workers or os.cpu_count() or 1, allowance, ahead
        )
        for batch in suspects:
            for i in range(len(batch)):
                yield batch[i : i + 1], _alone(act, batch[i : i + 1], allowance)


class _Waiting(Generic[T]):
    """The batches that nobody took yet; one is made when it is looked at."""

    def __init__(self, work: Iterable[Sequence[T]]) -> None:
        self._work = iter(work)
        self._made: deque[Sequence[T]] = deque()

    def __bool__(self) -> bool:
        self._made.extend(() if self._made else islice(self._work, 1))
        return bool(self._made)

    @property
    def first(self) -> Sequence[T]:
        return self._made[0]

    def pop(self) -> Sequence[T]:
        return self._made.popleft()


def _until_broken(
    act: Callable[[Sequence[T]], R],
    left: "_Waiting[T]",
    workers: int,
    allowance: Allowance,
    ahead: int | None,
) -> Generator[tuple[Sequence[T], R], None, list[Sequence[T]]]:
    """Run batches from the left until a worker crashes; return those that were under way then."""
    busy: dict[Future[R], Sequence[T]] = {}
    begun: dict[Future[R], int] = {}  # when each was begun, counted in batches
    number = 0
    with pool(workers, allowance) as running:
        try:
            while left or busy:
                while left and len(busy) <= workers:
                    if ahead and begun and number - min(begun.values()) >= ahead:
                        break
                    future = running.submit(_timed, act, left.first)
                    busy[future], begun[future] = left.pop(), number
                    number += 1
                done, _ = wait(busy, return_when=FIRST_COMPLETED)
                for future in done:
                    result = future.result()
                    del begun[future]
                    yield busy.pop(future), result
        except BrokenProcessPool:
            return list(busy.values())
        finally:
            running.shutdown(wait=False, cancel_futures=True)
    return []


def _alone(
    act: Callable[[Sequence[T]], R], batch: Sequence[T], allowance: Allowance
) -> R | WorkerCrashed:
    context = _context()
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run_alone, args=(sender, act, batch, allowance))
    process.start()
    sender.close()
    try:
        result: R | _Raised = receiver.recv()
    except EOFError:
        process.join()
        return WorkerCrashed(process.exitcode)
    process.join()
    if isinstance(result, _Raised):
        raise result.error
    return result


@dataclass(frozen=True, slots=True)
class _Raised:
    error: Exception


def _run_alone(
    sender: connection.Connection,
    act: Callable[[Sequence[T]], R],
    batch: Sequence[T],
    allowance: Allowance,
) -> None:
    _start_worker(allowance)
    try:
        sender.send(_timed(act, batch))
    except Exception as error:  # noqa: BLE001  it is raised again in the parent
        sender.send(_Raised(error))


def start_item_timer() -> None:
    """Start the clock of the next item; where no child process is limited, do nothing."""
    if _cpu_s is not None:
        # Nobody catches these signals, so they end the process even in the middle of C code.
        signal.setitimer(signal.ITIMER_PROF, _cpu_s)
        signal.setitimer(signal.ITIMER_REAL, _WALL_PER_CPU_S * _cpu_s)


def stop_timer() -> None:
    """Stop the time: nothing is being worked on."""
    if _cpu_s is not None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _timed(act: Callable[[Sequence[T]], R], batch: Sequence[T]) -> R:
    start_item_timer()
    try:
        return act(batch)
    finally:
        stop_timer()


def _context() -> ForkServerContext:
    # A fork of a process with threads can hang; a fork server is a process without any.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOAD))
    resource_tracker.ensure_running()  # first, because it unblocks what we block next
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    forkserver.ensure_running()  # it inherits the mask, so that Ctrl-C is the parent's alone
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    return context


def pool(workers: int, allowance: Allowance = STANDARD) -> ProcessPoolExecutor:
    """Make a pool of processes without threads, which end when this one does."""
    return ProcessPoolExecutor(
        workers, mp_context=_context(), initializer=partial(_start_worker, allowance)
    )


def _start_worker(allowance: Allowance) -> None:
    """End when the parent does, however it ends; leave the other cores to the other workers."""
    global _cpu_s  # noqa: PLW0603  one process, one allowance
    _cpu_s = allowance.cpu_s
    lower(resource.RLIMIT_DATA, allowance.memory_bytes)
    lower(resource.RLIMIT_CORE, 0)
    use_one_thread()
    for name in filter(SECRET.search, list(os.environ)):
        del os.environ[name]  # a decoder that hostile bytes take over finds nothing to take along
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


@cache
def use_one_thread() -> None:
    """Do all work of this process, and of its forks, in one thread."""
    threadpool_limits(1)
    cv2.setNumThreads(1)


def _end_with(sentinel: int) -> None:
    # A worker of a fork server would outlive a parent that was killed, and hold its pipes open.
    connection.wait([sentinel])
    os._exit(1)
