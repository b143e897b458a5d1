"""Whatever happens to a night or a release, the next one gives what an undisturbed one would.

A kill before every second step, and a part of the other faults; `make test` tries one kill and one
fault of the network, and `python -m tests.faults` tries all of them.
"""

from pathlib import Path

import pytest

from tests.faults import ALL, kills
from tests.faults.fault import Fault, lost
from tests.faults.world import Act, Worlds, prepare
from tests.support import warm
from tests.support.once import once
from tests.support.upstream import git

SAMPLE = 8
EVERY = 4  # kills come in pairs, before a step and after it: before every second step
CHOSEN = [
    *[*kills.faults()][::EVERY],
    *[fault for fault in ALL if fault.kind != "kill"][::SAMPLE],
]
FAST = {f.kind: f for f in reversed(CHOSEN) if f.kind in ("kill", "network")}.values()


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    prepared = once(tmp_path_factory, "prepared-worlds", prepare)
    return Worlds(tmp_path_factory.mktemp("worlds"), prepared)


@pytest.mark.parametrize(
    "fault",
    [pytest.param(one, marks=() if one in FAST else pytest.mark.slow) for one in CHOSEN],
    ids=str,
)
def test_the_next_night_makes_good(fault: Fault, worlds: Worlds) -> None:
    assert lost(fault, worlds) is None


@pytest.mark.parametrize("act", kills.STEPS)
def test_every_write_is_part_of_a_step_that_is_killed(act: Act, worlds: Worlds) -> None:
    world = worlds.new(act=act)
    watched = warm.run("tests.faults.writes", str(world.folder), act)
    assert watched.returncode == 0, watched.stderr
    assert watched.stdout.split("\n") == ["", ""]


def _spoil(folder: Path) -> None:
    """Move main, as no fault may."""
    moved = git(folder, "commit-tree", "main^{tree}", "-p", "main", "-m", "moved").strip()
    git(folder, "update-ref", "refs/heads/main", moved)


def test_a_fault_that_is_not_made_good_is_lost(worlds: Worlds) -> None:
    spoilt = Fault("test", "another proposal", lambda world, _: _spoil(world.folder))
    assert lost(spoilt, worlds) == "differs from an undisturbed run: branch"
