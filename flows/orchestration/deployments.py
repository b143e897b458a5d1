"""The flows that a Prefect server runs on a schedule; see `prefect.yaml` and `docs/running.md`.

Parameters are stored and shown by Prefect, so they hold places and names only. Tokens come from
the environment of the worker, or from Prefect Secret blocks.
"""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import filelock
from prefect import Flow, flow
from prefect.artifacts import create_link_artifact
from prefect.client.schemas.objects import (
    ConcurrencyLimitConfig,
    ConcurrencyLimitStrategy,
    FlowRun,
    State,
)
from prefect.deployments.runner import RunnerDeployment
from prefect.futures import PrefectFuture
from prefect.logging import get_run_logger
from prefect.states import Cancelled, Completed, Failed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows.config.policy import ForgeKind
from flows.config.schedule import NIGHTLY, WEEKLY
from flows.night.opened import open_all
from flows.night.reporting import console, notify, webhook
from flows.night.run import Report
from flows.orchestration.artifacts import Progress, lay_out, name_run
from flows.orchestration.night_flow import as_tasks
from flows.orchestration.secrets import stored_secret

_THREADS = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=8))
_DAY_S = 24 * 3600
_REPORTED = "NotProposed"  # the night itself has notified people


def _report_failure(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Post to the webhook that a run ended in a way that it could not report itself."""
    del flow_run
    if state.name != _REPORTED:
        webhook.send(f"covid19-images: {flow.name} {state.name}: {(state.message or '')[:500]}")


@flow(
    name="nightly-sync",
    flow_run_name="night of {checkout}",
    task_runner=_THREADS,
    timeout_seconds=_DAY_S,
    persist_result=False,
    on_failure=[_report_failure],
    on_crashed=[_report_failure],
)
def nightly_sync(
    checkout: str = ".",
    cache: str | None = None,
    sources: list[str] | None = None,
    dry_run: bool = False,
    forge: ForgeKind | None = None,
) -> State[Any]:
    """Look at every upstream, work out what changed, and propose it.

    Args:
        checkout: The clone of the collection.
        cache: Where clones are kept; `.cache` in the checkout by default.
        sources: Visit only these.
        dry_run: Say what would be proposed; write nothing.
        forge: Where proposals go; config/policy.toml by default.

    Returns:
        `Completed`, `NoChanges` on a quiet night, `NeedsPerson` where a source is stale or refused,
        `Failed` where the proposal could not be sent to the forge.
    """
    folder = Path(checkout).resolve()
    place = Path(cache).resolve() if cache else folder / ".cache"
    place.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(place / "night.lock", timeout=0):
            report, messages = _night(folder, place, tuple(sources or ()), forge, dry_run=dry_run)
    except filelock.Timeout:
        return Cancelled(message=f"Another night holds {place / 'night.lock'}.")
    for line in (*console.lines(report), *messages):
        get_run_logger().info("%s", line)
    return _ended(report)


def _night(
    folder: Path, cache: Path, only: tuple[str, ...], kind: ForgeKind | None, *, dry_run: bool
) -> tuple[Report, list[str]]:
    log = get_run_logger()
    opened = open_all(folder, cache, only=only, kind=kind, dry_run=dry_run, stored=stored_secret)
    report = opened.run(each=Progress(as_tasks).each, say=lambda words: log.info("%s", words))
    today = opened.now.date()
    messages = notify.notify(opened.forge, report.health(today), report.applied)
    lay_out(report, today)
    name_run(f"{opened.now:%F} {report.headline}: {report.applied.action.replace('_', ' ')}")
    return report, messages


def _ended(report: Report) -> State[Any]:
    messages = f"{report.headline}. {report.applied.message}"
    if report.applied.action == "failed":
        return Failed(name=_REPORTED, message=messages)
    if console.needs_a_person(report):
        return Completed(name="NeedsPerson", message=messages)
    quiet = report.applied.action in ("nothing", "unchanged")
    return Completed(name="NoChanges" if quiet else None, message=messages)


@flow(
    name="weekly-release",
    flow_run_name="release of {checkout}",
    timeout_seconds=_DAY_S,
    persist_result=False,
    on_failure=[_report_failure],
    on_crashed=[_report_failure],
)
def weekly_release(
    checkout: str = ".", cache: str | None = None, dry_run: bool = False
) -> State[Any]:
    """Publish what the collection holds, unless the last release holds all of it.

    It runs in a process of its own: a release may take memory that only the end of it gives back.

    Args:
        checkout: The clone of the collection.
        cache: Where clones are kept; `.cache` in the checkout by default.
        dry_run: Build the release; publish nothing.
    """
    words = ["--direct", "--json", "--checkout", checkout, *(["--dry-run"] if dry_run else [])]
    words += ["--cache", cache] if cache else []
    done = subprocess.run(
        [sys.executable, "-m", "flows", "release", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    for line in done.stderr.splitlines():
        get_run_logger().info("%s", line)
    if done.returncode:
        last = (done.stderr.splitlines() or ["it said nothing"])[-1]
        return Failed(message=f"There is no release: {last}")
    result = json.loads(done.stdout)
    where = str(result.get("where") or "")
    if where.startswith("http"):
        create_link_artifact(where, link_text=result["message"], key="release")
    name_run(f"{dt.datetime.now(dt.UTC):%F} {result['message']}")
    return Completed(
        name="NoChanges" if result["action"] == "nothing" else None, message=result["message"]
    )


def deployments(checkout: Path, cache: Path) -> tuple[RunnerDeployment, RunnerDeployment]:
    """Describe both deployments for a process that serves them itself.

    Args:
        checkout: The clone of the collection.
        cache: Where clones are kept.
    """
    places = {"checkout": str(checkout), "cache": str(cache)}
    one = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
    context = nightly_sync.to_deployment(
        name="nightly-sync", cron=NIGHTLY.cron, parameters=places, concurrency_limit=one
    )
    release = weekly_release.to_deployment(
        name="weekly-release", cron=WEEKLY.cron, parameters=places, concurrency_limit=one
    )
    return cast("tuple[RunnerDeployment, RunnerDeployment]", (context, release))
