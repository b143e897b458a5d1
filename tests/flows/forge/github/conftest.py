from collections.abc import Iterator

import pytest

from tests.flows.forge.github.world import World
from tests.support.collection import Collection
from tests.support.github.hub import Hub


@pytest.fixture
def world(hub: Hub, collection: Collection) -> Iterator[World]:
    there = World(hub, collection)
    yield there
    there.close()
