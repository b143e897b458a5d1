"""What the page of a run in the Prefect UI shows: progress, a table, the proposal, its address."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeVar, cast
from uuid import UUID

from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext

from flows.night.each import Each
from flows.night.reporting import table
from flows.night.run import Report
from flows.text.escape import visible

T = TypeVar("T")
_MOST = 200  # characters of a run's name


class Progress:
    """Run steps, and show how far the night is."""

    def __init__(self, each: Each) -> None:
        """Begin with no step done; `each` runs them."""
        self._each = each
        self._reads = 1
        self._percent = 0.0
        made = create_progress_artifact(0.0, key="night", description="How far the night is")
        self._shown = cast("UUID", made)

    def each(self, name: str, step: Callable[[str], T], sources: Sequence[str]) -> list[T]:
        """Run a step for several sources, and show what that amounts to."""
        done = self._each(name, step, sources)
        if name == "scan":
            self._reads = max(1, len(sources))
        share = {"observe": 10.0, "scan": 20.0, "read": 50.0 / self._reads}.get(name, 0.0)
        self._percent = 100.0 if name == "apply" else min(95.0, self._percent + share)
        update_progress_artifact(self._shown, self._percent)
        return done


def lay_out(report: Report, date: dt.date) -> None:
    """Write the artifacts of a run.

    Args:
        report: The result of the run.
        date: UTC date of the night.
    """
    health = report.health(date)
    create_table_artifact(table.rows(health), key="sources", description=health.headline)
    if report.proposal:
        create_markdown_artifact(
            report.proposal.body, key="proposal", description=report.applied.message
        )
    if report.applied.where and report.applied.where.startswith("http"):
        create_link_artifact(
            report.applied.where, link_text=report.applied.message, key="proposal-link"
        )


def name_run(words: str) -> None:
    """Rename the run after what it did, once that is known."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    with get_client(sync_client=True) as client:
        client.update_flow_run(context.flow_run.id, name=visible(words)[:_MOST])
