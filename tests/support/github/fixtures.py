"""Fixtures around the emulator: one process for all tests, one fresh world for each."""

from collections.abc import Iterator

import pytest

from tests.support.github.hub import Hub
from tests.support.github.install import packages
from tests.support.github.openapi import Description
from tests.support.github.process import Process


@pytest.fixture(scope="session")
def hub_of_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Start the emulator; ask for `hub` instead."""
    installed = packages()
    description = Description(installed / "openapi.json")
    with Process(folder=tmp_path_factory.mktemp("github"), packages=installed) as process:
        hub = Hub(process.url, description)
        yield hub
        hub.close()
        complaints = process.log
    assert not complaints, complaints


@pytest.fixture
def hub(hub_of_session: Hub) -> Iterator[Hub]:
    """Return a GitHub of one's own; requests that GitHub would not understand fail the test.

    So do answers that GitHub would not give: those are mistakes of the emulator.
    """
    hub_of_session.reset()
    yield hub_of_session
    hub_of_session.close_clients()
    off = hub_of_session.requests_off()
    assert not off, "requests off GitHub's description:\n" + "\n".join(off)
    off = hub_of_session.answers_off()
    assert not off, "the emulator's answers are off GitHub's description:\n" + "\n".join(off)
