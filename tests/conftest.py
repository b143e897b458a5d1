"""Fixtures every test may ask for."""

import gc
import os
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from _pytest.doctest import DoctestModule
from hypothesis import settings

from tests.support import put_back
from tests.support.collection import SHARED, Collection
from tests.support.upstream import Upstream

pytest_plugins = ["pytester", "tests.support.github.fixtures", "tests.support.plots"]

# They run in an environment of their own: `make frameworks`.
collect_ignore = ["frameworks"]

# A test asserts no time: machines differ, and a busy one is no mistake.
settings.register_profile("ours", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=25)  # `make test`; CI draws 100
settings.load_profile("ours")

# Nothing of the machine's git configuration reaches a test, and no proxy.
os.environ |= {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Test",
    "GIT_AUTHOR_EMAIL": "test@example.org",
    "GIT_COMMITTER_NAME": "Test",
    "GIT_COMMITTER_EMAIL": "test@example.org",
    # The tests' servers are here; each request would look through all variables for proxies.
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """An empty clone of the collection."""
    return Collection(tmp_path / "collection")


@pytest.fixture
def upstream(request: pytest.FixtureRequest, tmp_path: Path) -> Upstream:
    """An empty upstream repository, or that of the collection which a module begins with."""
    if "begun_with" in request.fixturenames:
        return request.getfixturevalue("begun_with")[1]
    return Upstream(tmp_path / "upstream.git")


@pytest.fixture
def begun_with(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Collection, Upstream]:
    """The collection and the upstream that the module's `begin` makes, as it made them."""
    return put_back.begun(tmp_path_factory, request.module.begin)


@pytest.fixture
def begun(begun_with: tuple[Collection, Upstream]) -> Collection:
    """The collection that the module's `begin` makes."""
    return begun_with[0]


@pytest.fixture
def bundles() -> Path:
    """The folder of real upstream histories; they are not part of the repository."""
    folder = SHARED / "upstreams"
    if not folder.is_dir():
        pytest.skip(f"the real upstream histories are not here ({folder})")
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Look for no examples in the docstrings of tests: each file would be collected twice."""
    found = yield
    return [one for one in found if not isinstance(one, DoctestModule)]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while modules are imported, nor ever in what they hold."""
    gc.disable()
    found = yield
    gc.enable()
    gc.freeze()
    return found


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Print at the very end how much was skipped and why; nobody reads what scrolled by."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # a worker
        return
    why = Counter(
        str(report.longrepr[2]).removeprefix("Skipped: ")
        for report in reporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    )
    for reason, count in why.most_common():
        reporter.write_line(f"Not run: {count} tests, because {reason}")
