from collections.abc import Iterator

import pytest

from tests.flows.forge.github.other import Other, begun, served
from tests.flows.forge.github.world import World
from tests.support.collection import Collection
from tests.support.github.hub import Hub


@pytest.fixture
def world(hub: Hub, collection: Collection) -> Iterator[World]:
    there = World(hub, collection)
    yield there
    there.close()


@pytest.fixture(scope="session")
def other_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("other")) as url:
        yield url


@pytest.fixture
def other(other_server: str, collection: Collection) -> Iterator[Other]:
    with begun(other_server, collection) as there:
        yield there
