"""The night as a Prefect flow does what the night does."""

from pathlib import Path

import pytest

from flows.night import run as nights
from flows.orchestration.server import prefect_server
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import png
from tests.support.prefect import with_tables
from tests.support.upstream import Upstream


@pytest.mark.filterwarnings("ignore")  # Prefect's own, which we cannot mend
@pytest.mark.slow
def test_a_flow_and_the_plain_steps_propose_the_same(
    collection: Collection,
    upstream: Upstream,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upstream.commit({f"images/{i}.png": png(i) for i in range(3)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    in_threads = collection.tree()
    collection.forget()
    names: list[str] = []
    with_tables(tmp_path / "prefect")
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    with prefect_server(tmp_path / "prefect"):
        from flows.orchestration.night_flow import as_tasks, sync

        report = collection.night(run=sync)
        assert nights.in_threads is not as_tasks
        names += _task_runs()
    assert report.applied.action == "proposed"
    assert collection.tree() == in_threads
    assert sorted(names) == ["apply proposal", "observe set", "read set", "scan set"]


def _task_runs() -> list[str]:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return [run.name for run in client.read_task_runs()]
