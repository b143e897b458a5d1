"""Work in child processes: in batches, and a crash costs one item."""

import os
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

from flows.sandbox.processes import (
    BATCH,
    Allowance,
    WorkerCrashed,
    batches,
    pool,
    spread,
    start_item_timer,
)


def doubled_or_dead(numbers: Sequence[int]) -> list[int]:
    """Double numbers, but let 13 kill the process."""
    if 13 in numbers:
        os.kill(os.getpid(), signal.SIGKILL)
    return [2 * number for number in numbers]


def test_items_are_cut_into_batches_in_their_order() -> None:
    assert [len(batch) for batch in batches(range(BATCH + 5))] == [BATCH, 5]
    assert batches([1, 2, 3], size=2) == [[1, 2], [3]]


def test_an_item_that_kills_its_process_costs_itself_and_no_other() -> None:
    work = spread(doubled_or_dead, [[12, 13, 14], [15, 16]], workers=1)
    done = {tuple(batch): result for batch, result in work}
    assert done[(13,)] == WorkerCrashed(-signal.SIGKILL)
    doubled = [n for result in done.values() if isinstance(result, list) for n in result]
    assert sorted(doubled) == [24, 28, 30, 32]


def test_the_pool_is_of_processes_without_threads() -> None:
    with pool(1) as running:
        assert isinstance(running, ProcessPoolExecutor)
        context: Any = running._mp_context
        assert context.get_start_method() == "forkserver"


def test_ctrl_c_is_blocked_in_workers_and_free_in_the_parent() -> None:
    with pool(1) as running:
        blocked = running.submit(signal.pthread_sigmask, signal.SIG_BLOCK, []).result()
    assert signal.SIGINT in blocked
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_pool_may_be_made_from_any_thread() -> None:
    def once(_: int) -> int:
        with pool(1) as running:
            return running.submit(len, "abc").result()

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(once, range(2))) == [3, 3]


def busy_or_greedy(words: Sequence[str]) -> list[str]:
    """Do what each word says."""
    for word in words:
        start_item_timer()
        if word == "hang":
            while True:
                pass
        if word == "eat":
            bytearray(2**31)
    return list(words)


def test_an_item_that_hangs_is_ended_and_the_others_are_done() -> None:
    allowance = Allowance(cpu_s=0.5)
    work = [["a", "hang", "b"], ["c"]]
    done = {tuple(b): r for b, r in spread(busy_or_greedy, work, workers=1, allowance=allowance)}
    assert done[("hang",)] == WorkerCrashed(-signal.SIGPROF)
    assert WorkerCrashed(-signal.SIGPROF).reason == "took too long on this file"
    assert [done[(name,)] for name in "abc"] == [["a"], ["b"], ["c"]]


def test_a_child_has_no_more_memory_than_it_is_given() -> None:
    with pytest.raises(MemoryError):
        list(spread(busy_or_greedy, [["eat"]], workers=1, allowance=Allowance(memory_bytes=2**30)))


def test_only_what_was_under_way_is_done_again() -> None:
    work = [[13], *([n] for n in range(100, 140))]
    done = list(spread(doubled_or_dead, work, workers=1))
    assert len(done) == 41
    assert [batch for batch, result in done if isinstance(result, WorkerCrashed)] == [[13]]


def test_a_child_has_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "a-secret")
    with pool(1) as running:
        assert running.submit(os.getenv, "GITHUB_TOKEN").result() is None
        assert running.submit(os.getenv, "PATH").result() == os.environ["PATH"]


def slow_first(numbers: Sequence[int]) -> list[int]:
    """Take a while over 0, and no time over anything else."""
    if 0 in numbers:
        time.sleep(1)
    return list(numbers)


@pytest.mark.parametrize("ahead", [2, 4])
def test_no_more_batches_are_begun_ahead_of_the_oldest_than_told(ahead: int) -> None:
    work = spread(slow_first, [[n] for n in range(12)], workers=2, ahead=ahead)
    order = [number for [number], _ in work]
    assert sorted(order) == list(range(12))
    assert order.index(0) < ahead
