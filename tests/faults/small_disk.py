"""Run a night on a disk that has little room, then one with room; print what is proposed.

python -m tests.faults.small_disk WORLD MOUNT ROOM_BYTES   (in a mount namespace of its own)
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.faults.world import World


def main(world: Path, mount: Path, room: int) -> None:
    """Fill a small disk, run a night, make room, run another."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(mount)], check=True)
    for name in ("collection", "collection-cache"):
        shutil.copytree(world / name, mount / name)
    tried = World(mount / "collection", {})
    ballast = mount / "ballast"
    free = os.statvfs(mount)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize - room)
    printed = tried.command()
    assert "disk" in printed or "No space" in printed, printed
    ballast.unlink()
    print(json.dumps({name: content.hex() for name, content in tried.night().items()}))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
