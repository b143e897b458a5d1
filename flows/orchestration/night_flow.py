"""The night as a Prefect flow: the steps of `flows.night.run` as tasks, and nothing else.

No step's result is persisted. Observations would be stale when they are read again, and what is
dear to compute lies where the next run finds it by its content: clones and decoded pictures in the
cache, the proposal on its branch. So a run that was killed is simply run again, and goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.context import TaskRunContext
from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows.night.opened import Opened
from flows.night.run import Report
from flows.night.source_run import SourceRun
from flows.orchestration import signals

T = TypeVar("T")


# Seconds to wait before each repetition of a step. No step has a timeout of Prefect's: it cannot
# interrupt what a thread waits for. Git, HTTP and decoders give up by themselves, and the whole run
# has a timeout (see `flows.orchestration.deployments`).
_AGAIN_AFTER_S: Mapping[str, tuple[int, ...]] = {
    "observe": (10, 60),  # one short question; networks stumble
    "scan": (60,),  # fetches history
    "read": (60,),  # what was decoded is not decoded again
    "apply": (),  # every write looks for itself first, and repeats itself
}


class _StillSilentError(Exception):
    """Raised where an upstream did not answer, so that Prefect asks again."""


def as_tasks(name: str, step: Callable[[str], T], sources: Sequence[str]) -> list[T]:
    """Run a step as one Prefect task a source; only the source's name is a parameter."""
    delays_s = _AGAIN_AFTER_S.get(name, ())

    @task(
        name=name,
        task_run_name=name + " {source}",
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=len(delays_s),
        retry_delay_seconds=list(delays_s),
        retry_condition_fn=lambda _task, _run, state: _is_silence(state),
    )
    def one(source: str) -> T:
        result = step(source)
        silent = isinstance(result, SourceRun) and result.unanswered
        if silent and _tries() <= len(delays_s):
            raise _StillSilentError(source)
        return result

    return [future.result() for future in one.map(list(sources))]


def _tries() -> int:
    context = TaskRunContext.get()
    return context.task_run.run_count if context else 1


def _is_silence(state: Any) -> bool:  # noqa: ANN401  Prefect's states carry anything
    return isinstance(state.result(raise_on_failure=False), _StillSilentError)


def sync(opened: Opened, *, say: Callable[[str], None]) -> Report:
    """Run a night as a flow; what it works with is bound, so that no parameter is stored."""
    threads = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=8))

    @flow(name="sync", task_runner=threads, persist_result=False)
    def sync_flow() -> Report:
        signals.install_signal_handlers()
        return opened.run(each=as_tasks, say=say)

    return sync_flow()
