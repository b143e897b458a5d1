"""The release as a Prefect flow: the steps of `flows.publish.release` as tasks."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeVar

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.night.context import RunContext
from flows.orchestration import signals
from flows.publish import release as steps
from flows.publish.publisher import Publisher
from flows.publish.release import Outcome
from flows.publish.sign import Signer
from flows.publish.target import Target

T = TypeVar("T")


def as_tasks(name: str, step: Callable[[str], T], sources: Sequence[str]) -> list[T]:
    """Run a step as one Prefect task an item, one after the other; only a name is a parameter."""

    @task(name=name, task_run_name=name + " {item}", cache_policy=NO_CACHE, persist_result=False)
    def one(item: str) -> T:
        return step(item)

    return [one(item) for item in sources]


def release(
    context: RunContext,
    publisher: Publisher,
    now: dt.datetime,
    *,
    signer: Signer,
    targets: Sequence[Target],
    dry_run: bool,
    say: Callable[[str], None],
) -> Outcome:
    """Run a release as a flow; what it works with is bound, so that no parameter is stored."""

    @flow(name="release", persist_result=False)
    def release_flow() -> Outcome:
        signals.install_signal_handlers()
        return steps.run(
            context,
            publisher,
            now,
            signer=signer,
            targets=targets,
            dry_run=dry_run,
            each=as_tasks,
            say=say,
        )

    return release_flow()
