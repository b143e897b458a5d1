"""The nightly deployment as a server of one's own runs it: server, worker, schedule, page."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from flows.orchestration.server import _free_port, prefect_server
from tests.support.chromium import chromium
from tests.support.collection import ROOT, SIMPLE, Collection
from tests.support.pictures import png
from tests.support.prefect import Site, with_tables
from tests.support.upstream import Upstream, git

pytestmark = pytest.mark.filterwarnings("ignore")  # Prefect's own, which we cannot mend
NIGHT = "nightly-sync"


@pytest.fixture
def site(
    collection: Collection,
    upstream: Upstream,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Site]:
    """A collection of one source, its deployments, and a worker for them."""
    upstream.commit({f"images/{i}.png": png(i) for i in range(40)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    with_tables(tmp_path / "prefect")
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    port = _free_port()
    url = f"http://127.0.0.1:{port}/api"
    with prefect_server(tmp_path / "prefect", port=port), Site(collection.folder, url) as made:
        made.prefect("work-pool", "create", "collection", "--type", "process")
        made.prefect("deploy", "--all")
        made.prefect("automation", "create", "--from-file", "deploy/crashed-runs.yaml")
        made.start_worker()
        yield made


def states(site: Site, *runs: UUID) -> list[str]:
    return sorted(site.run(one).state.type.value for one in runs)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_scheduled_night_runs_once_survives_a_kill_and_shows_what_it_did(
    site: Site, collection: Collection
):
    first = site.due(NIGHT)
    second = site.due(NIGHT)
    site.ended(first), site.ended(second)
    assert states(site, first, second) == ["CANCELLED", "COMPLETED"], site.log[-4000:]
    done = first if site.run(first).state.is_completed() else second
    run = site.run(done)
    assert run.name.endswith("1 source moved: 40 new images: proposed")
    undisturbed = collection.tree()
    _look_at(site, done)
    _quiet_night(site)
    _killed_in_the_middle(site, collection, undisturbed)


def _quiet_night(site: Site) -> None:
    run = site.ended(site.start(NIGHT))
    assert (run.state.type.value, run.state.name) == ("COMPLETED", "NoChanges")


def _killed_in_the_middle(site: Site, collection: Collection, undisturbed: str) -> None:
    (collection.folder / ".cache" / "decoded.sqlite").unlink()
    git(collection.folder, "update-ref", "-d", "refs/heads/sync/datasets")
    killed = site.start(NIGHT)

    def reads() -> bool:
        with site.client() as client:
            tasks = client.read_task_runs()
        return any(
            one.flow_run_id == killed and one.name == "read set" and one.state.is_running()
            for one in tasks
        )

    site.wait(reads)
    site.kill_worker()
    assert site.run(killed).state.is_running()
    site.start_worker()
    crashed = site.ended(killed)
    assert (crashed.state.type.value, crashed.state.message) == (
        "CRASHED",
        "No sign of life for 90 seconds.",
    )
    run = site.ended(site.start(NIGHT))
    assert run.state.is_completed(), site.log[-4000:]
    assert collection.tree() == undisturbed


def _look_at(site: Site, done: UUID) -> None:
    """Open the page of the run in a browser, and keep a picture of it where one is wished."""
    address = site.url.removesuffix("/api")
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(f"{address}/runs/flow-run/{done}", wait_until="networkidle")
        page.get_by_text("1 source moved: 40 new images").first.wait_for(timeout=60_000)
        page.get_by_text("Artifacts", exact=True).first.click()
        page.get_by_text("proposal", exact=True).first.wait_for(timeout=60_000)
        time.sleep(2)  # charts draw themselves in
        picture = page.screenshot()
        words = page.inner_text("body")
        page.close()
    for shown in ("sources", "proposal", "night"):
        assert shown in words.lower(), words
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, "prefect-run.png").write_bytes(picture)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_one_process_serves_runs_a_night_and_leaves_no_process_when_it_is_stopped(
    collection: Collection, upstream: Upstream
):
    from prefect.settings import PREFECT_API_URL, temporary_settings

    upstream.commit({f"images/{i}.png": png(i) for i in range(3)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    port = _free_port()
    url = f"http://127.0.0.1:{port}/api"
    with Site(collection.folder, url) as site, temporary_settings({PREFECT_API_URL: url}):
        site.start_serving(port)
        site.wait(lambda: "Serving. The runs are at" in site.log)
        site.wait(lambda: site.answers(NIGHT))
        run = site.ended(site.start(NIGHT))
        assert run.state.is_completed(), site.log[-4000:]
        assert run.name.endswith("1 source moved: 3 new images: proposed")
        assert len(collection.records("set")) == 3
        assert site.stopped() == []


def test_prefect_yaml_and_the_process_that_serves_describe_the_same_deployments(tmp_path: Path):
    import yaml

    from flows.orchestration.deployments import deployments

    text = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    for served, written in zip(deployments(tmp_path, tmp_path), text, strict=True):
        assert served.name == written["name"]
        assert served.schedules[0].schedule.cron == written["schedules"][0]["cron"]
        assert served.concurrency_limit == written["concurrency_limit"]["limit"]
        assert (
            served.concurrency_options.collision_strategy.value
            == (written["concurrency_limit"]["collision_strategy"])
        )
        assert served.entrypoint.endswith(written["entrypoint"])
