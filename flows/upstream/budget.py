"""Bound what one upstream may cost: the network, the disk, the tree."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from flows.upstream import git


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one upstream may cost.

    Attributes:
        max_fetch_bytes: What one request may transfer, packed.
        max_clone_bytes: What its clone may hold on disk.
        max_file_bytes: The largest file that is fetched.
        max_paths: Paths in its tree.
        min_free_bytes: What has to stay free on the disk.
    """

    max_fetch_bytes: int = 2 * 2**30
    max_clone_bytes: int = 64 * 2**30
    max_file_bytes: int = 256 * 2**20
    max_paths: int = 1_000_000
    min_free_bytes: int = 2**30

    def room(self, folder: Path) -> int:
        """Return how many bytes a clone may still grow by.

        Args:
            folder: The clone.

        Raises:
            git.UnacceptableError: When the clone holds all it may.
            git.GitError: When the disk is full; that is not the upstream's fault.
        """
        left = self.max_clone_bytes - _size_bytes(folder)
        if left <= 0:
            message = f"fatal: its clone would hold more than {self.max_clone_bytes:,} bytes"
            raise git.UnacceptableError(["fetch"], message)
        free = shutil.disk_usage(folder).free - self.min_free_bytes
        if free <= 0:
            message = (
                f"fatal: less than {self.min_free_bytes:,} bytes are free on this machine's disk"
            )
            raise git.GitError(["fetch"], message)
        return min(left, free, self.max_fetch_bytes)


STANDARD = Budget()


def _size_bytes(folder: Path) -> int:
    return sum(
        Path(parent, name).lstat().st_size for parent, _, names in os.walk(folder) for name in names
    )
