"""When the last good night was and what waits, from what GitHub Actions know of their runs."""

import datetime as dt

from flows.forge.errors import ForgeError
from flows.forge.github.calls import maybe, read
from flows.forge.github.forge import GitHubForge


def last_good(forge: GitHubForge, workflow: str) -> dt.datetime | None:
    """Find when the last successful run of a workflow began; `None` where there was none.

    Raises:
        ForgeError: When GitHub refuses, does not answer, or has no such workflow.
    """
    repository = forge.repository()
    found = maybe(lambda: repository.get_workflow(workflow))
    if found is None:
        raise ForgeError(
            f"{forge.remote.repository} has no workflow {workflow}, so nobody knows when the last "
            "good night was. Name another one with --workflow, or push it."
        )
    runs = read(lambda: found.get_runs(status="success").get_page(0))
    return max((run.created_at for run in runs), default=None)


def waiting_since(forge: GitHubForge, workflow: str) -> dt.datetime | None:
    """Find since when a run waits for somebody's approval; `None` where none does.

    Raises:
        ForgeError: When GitHub refuses, or does not answer.
    """
    repository = forge.repository()
    found = maybe(lambda: repository.get_workflow(workflow))
    if found is None:
        return None
    runs = read(lambda: found.get_runs(status="waiting").get_page(0))
    return min((run.created_at for run in runs), default=None)
