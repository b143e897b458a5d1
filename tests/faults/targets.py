"""Publish every real night in every house, killed on the way: `python -m tests.faults.targets DIR`.

Each night's release goes to the Hub, Zenodo and Kaggle, each time from processes that are killed at
random requests, and then from one that is not. In the end each house has each release once and
whole, and the newest is read back with the house's own client. Then a picture is withdrawn. DIR
keeps the releases, which take the most time, for another run.
"""

import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flows.publish import target as targets
from flows.publish.folder import FolderPublisher
from flows.publish.target import PublisherTarget
from tests.faults import readers
from tests.faults.houses import House, lost, opened, update
from tests.faults.nights import RELEASES, released, withdrawn
from tests.support.collection import SHARED

_READERS: dict[str, Callable[[Any, Path, str, Path], str]] = {
    "hub": readers.hub,
    "zenodo": readers.zenodo,
    "kaggle": readers.kaggle,
}
_KILLS = 4


def publish(version: str, releases: Path, first: Path) -> None:
    """Let the first place have one more release."""
    shutil.copytree(releases / version, first / version, copy_function=os.link)


def tried(
    releases: Path, versions: list[str], houses: dict[str, House], scratch: Path, kills: int
) -> list[str]:
    """Publish releases night by night in every house; return what was lost.

    Args:
        releases: Where they are.
        versions: Which, in order.
        houses: Where to.
        scratch: An empty folder on the same disk.
        kills: How often a house's runs are killed, a night.
    """
    chance = random.Random(19)
    for version in versions:
        publish(version, releases, scratch / "first")
        for house in houses.values():
            update(house, scratch / "first", scratch / house.name, kills, chance)
            print(f"{version} {house.name}: {house.kills} kills", file=sys.stderr, flush=True)
    return [words for house in houses.values() for words in lost(house, releases, versions)]


def table(houses: dict[str, House]) -> str:
    """Return what was sent to each house, against what is new there and what is there."""
    lines = ["| house | releases | kills | sent | new | sent / new | whole | sent / whole |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for house in houses.values():
        sent, new, whole = house.sent, house.new_bytes(), house.whole_bytes()
        lines.append(
            f"| {house.name} | {len(house.versions())} | {house.kills} | {sent:,} | {new:,} "
            f"| {sent / new:.3f} | {whole:,} | {sent / whole:.3f} |"
        )
    return "\n".join(lines)


def taken_down(keep: Path, houses: dict[str, House], scratch: Path) -> str:
    """Withdraw a picture; return how long each place took, and what is left for a person.

    Args:
        keep: What `released` filled.
        houses: Where all its releases are.
        scratch: Where `tried` worked.
    """
    first = FolderPublisher(scratch / "first")
    mirror = PublisherTarget("folder", lambda: FolderPublisher(scratch / "mirror"))
    targets.update(first, scratch / "folder", _silent, mirror)
    begun_s = time.monotonic()
    version = withdrawn(keep)
    lines = ["", "| withdrawal | seconds | for a person |", "|---|---|---|"]
    lines.append(f"| release {version} is built | {time.monotonic() - begun_s:.1f} | |")
    publish(version, keep / RELEASES, scratch / "first")
    begun_s = time.monotonic()
    left = list(targets.update(first, scratch / "folder", _silent, mirror).for_a_person)
    lines.append(_row("folder", time.monotonic() - begun_s, left))
    for name, house in houses.items():
        left = update(house, scratch / "first", scratch / name, 0, random.Random(0))["left"]
        lines.append(_row(name, house.took_s, left))
    return "\n".join(lines)


def _row(name: str, took_s: float, left: list[str]) -> str:
    return f"| {name} | {took_s:.1f} | {len(left)} {left[0] if left else ''} |"


def _silent(_: str) -> None:
    """Print nothing."""


def main(words: list[str]) -> int:
    """Print the tables, and what was lost."""
    keep = Path(words[0]).resolve()
    versions, releases = released(SHARED / "upstreams", keep), keep / RELEASES
    with tempfile.TemporaryDirectory(dir=keep) as scratch, opened() as houses:
        here = Path(scratch)
        bad = tried(releases, versions, houses, here, _KILLS)
        print(table(houses), flush=True)
        for name, read in _READERS.items():
            print(
                f"{name}: {read(houses[name].there, releases, versions[-1], here / 'read' / name)}"
            )
        print(taken_down(keep, houses, here), flush=True)
    kills = sum(house.kills for house in houses.values())
    print(f"\nkills: {kills}   lost: {len(bad)}")
    for one in bad[:10]:
        print(f"  {one}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
