"""What is made once in a run of the tests, whichever worker needs it first."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that is made once, and that nobody may change.

    Args:
        factory: Where the run has its folders.
        name: The folder's name.
        make: Called with the folder, which is there and empty, where no worker called it before.
    """
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, made = shared / name, shared / f"{name}.made"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a `make` that failed
            folder.mkdir()
            make(folder)
            made.touch()
    return folder
