from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.cli import propose as command
from tests.flows.forge.github.world import World
from tests.flows.night.handover.night import TwoJobs
from tests.support.collection import Collection
from tests.support.github.hub import Hub
from tests.support.upstream import Upstream


@pytest.fixture
def jobs(
    hub: Hub,
    collection: Collection,
    upstream: Upstream,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[TwoJobs]:
    world = World(hub, collection)
    monkeypatch.setattr(command, "open_forge", lambda checkout, config, **_: world.forge())
    yield TwoJobs(world, upstream, tmp_path)
    world.close()
