"""The night as a Prefect flow: the steps of `flows.night` as tasks, and nothing else.

No step's result is persisted. Observations would be stale when they are read again, and what is
dear to compute lies where the next run finds it by its content: clones and decoded pictures in the
cache, the proposal on its branch. So a run that was killed is simply run again, and goes on.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from git.objects import Commit
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.context import TaskRunContext
from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows import night as nights
from flows import stopping
from flows.forge import Forge
from flows.night import Report
from flows.upstream.outcome import Unreachable
from flows.visit import Night, Visit

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a step is tried, and when it counts as stuck.

    The timeouts are the last resort: git and HTTP give up by themselves, long before.

    Attributes:
        delays_s: Seconds to wait before each repetition.
        timeout_s: Seconds after which the step counts as failed.
    """

    delays_s: tuple[int, ...] = ()
    timeout_s: int = 6 * 3600


_STEPS = {
    "observe": Patience((10, 60), 900),  # one short question; networks stumble
    "scan": Patience((60,), 3 * 3600),  # fetches history; git itself gives up after an hour
    "read": Patience((60,), 12 * 3600),  # a first import; what was decoded is not decoded again
    "apply": Patience((), 3600),  # every write looks for itself first, and repeats itself
}


class _StillSilentError(Exception):
    """Say that an upstream did not answer, so that Prefect asks again."""


def as_tasks(name: str, step: Callable[[str], T], sources: Sequence[str]) -> list[T]:
    """Run a step as one Prefect task a source; only the source's name is a parameter."""
    patience = _STEPS.get(name, Patience())

    @task(
        name=name, task_run_name=name + " {source}", cache_policy=NO_CACHE, persist_result=False,
        retries=len(patience.delays_s), retry_delay_seconds=list(patience.delays_s),
        retry_condition_fn=lambda _task, _run, state: _is_silence(state),
        timeout_seconds=patience.timeout_s,
    )  # fmt: skip
    def one(source: str) -> T:
        result = step(source)
        silent = isinstance(result, Visit) and isinstance(result.outcome, Unreachable)
        if silent and _tries() <= len(patience.delays_s):
            raise _StillSilentError(source)
        return result

    return [future.result() for future in one.map(list(sources))]


def _tries() -> int:
    context = TaskRunContext.get()
    return context.task_run.run_count if context else 1


def _is_silence(state: Any) -> bool:  # noqa: ANN401  Prefect's states carry anything
    return isinstance(state.result(raise_on_failure=False), _StillSilentError)


def sync(
    night: Night, base: Commit, forge: Forge, now: dt.datetime, *, say: Callable[[str], None]
) -> Report:
    """Run a night as a flow; what it works with is bound, so that no parameter is stored."""
    threads = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=8))

    @flow(name="sync", task_runner=threads, persist_result=False)
    def sync_flow() -> Report:
        stopping.insist()
        return nights.run(night, base, forge, now, each=as_tasks, say=say)

    return sync_flow()
