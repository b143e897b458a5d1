"""Fill the disk: no file may grow beyond a size, or nothing fits any more."""

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache, partial

from tests.faults.fault import Fault
from tests.faults.world import World, Worlds, run

LIMITS_BYTES = (0, 100, 1_000, 4_000, 10_000, 30_000, 100_000, 300_000)
ROOM_BYTES = (0, 4_096, 40_960, 122_880, 409_600, 819_200)


def _short_files(limit: int, world: World, _: Worlds) -> None:
    world.command(bound=str(limit))


def _full(room: int, world: World, _: Worlds) -> None:
    """Run the night on a small disk of its own, visible to that process only."""
    mount = world.folder.parent / "disk"
    mount.mkdir()
    command = [
        sys.executable,
        "-m",
        "tests.faults.small_disk",
        str(world.folder.parent),
        str(mount),
        str(room),
    ]
    done = run(["unshare", "--map-root-user", "--mount", *command])
    assert done.returncode == 0, done.stderr.decode()
    made = {name: bytes.fromhex(text) for name, text in json.loads(done.stdout).items()}
    assert made == world.expected


@cache
def can_mount() -> bool:
    """Return whether this machine lets a process mount a disk of its own."""
    mount = ["mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    tried = ["unshare", "--map-root-user", "--mount", *mount]
    return subprocess.run(tried, check=False, capture_output=True).returncode == 0


def faults() -> Iterator[Fault]:
    """List disks that are full at several moments."""
    for limit in LIMITS_BYTES:
        yield Fault("disk", f"no file above {limit:,} bytes", partial(_short_files, limit))
    for room in ROOM_BYTES if can_mount() else ():
        yield Fault("disk", f"full after {room:,} bytes", partial(_full, room))
