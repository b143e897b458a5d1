"""A published release that downloads are tried on, made once."""

from pathlib import Path

import pytest

from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import png
from tests.support.releases import release
from tests.support.upstream import Upstream

RED = SIMPLE + '[always]\nmodality = "CT"\n'


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `releases`, the collection they are of, and its two upstreams."""
    folder = tmp_path_factory.mktemp("world")
    collection = Collection(folder / "collection")
    for name, first, toml in (
        ("films", 0, SIMPLE + '[always]\nmodality = "XR"\n'),
        ("slices", 20, RED),
    ):
        upstream = Upstream(folder / f"{name}.git")
        upstream.commit({f"images/{i}.png": png(i) for i in range(first, first + 8)})
        collection.source(name, toml.format(url=upstream.url))
    collection.night()
    collection.merge()
    release(collection, folder / "releases")
    return folder


@pytest.fixture
def releases(world: Path) -> Path:
    """The folder of releases; nobody writes there."""
    return world / "releases"
