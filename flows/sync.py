"""The night as a Prefect flow: the steps of `flows.night` as tasks, and nothing else."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from git.objects import Commit
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows import night as nights
from flows import stopping
from flows.forge import Forge
from flows.night import Report
from flows.visit import Night

T = TypeVar("T")


def as_tasks(name: str, step: Callable[[str], T], sources: Sequence[str]) -> list[T]:
    """Run a step as one Prefect task a source; only the source's name is a parameter."""

    @task(name=name, task_run_name=name + " {source}", cache_policy=NO_CACHE, persist_result=False)
    def one(source: str) -> T:
        return step(source)

    return [future.result() for future in one.map(list(sources))]


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
