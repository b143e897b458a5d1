"""One download into a folder at a time, whichever process it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from covid19_images.download.progress import Progress

FILE = ".download.lock"
_ASK_EVERY_S = 0.1


@contextmanager
def exclusive_lock(folder: Path, progress: Progress) -> Iterator[None]:
    """Wait until no other download writes into a folder, and keep others out during the block.

    A process that was killed keeps nobody out: the operating system ends its lock.

    Args:
        folder: The local copy; made where there is none.
        progress: Hears that another download is waited for.

    Raises:
        OSError: The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / FILE, is_singleton=True)  # so that a block within a block passes
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress.note(f"Another download into {folder} is running; waiting for it.")
        lock.acquire(poll_interval=_ASK_EVERY_S)
    except NotImplementedError:
        progress.note(
            f"The file system of {folder} has no locks. Nothing keeps two downloads apart there: "
            "start only one."
        )
    try:
        yield
    finally:
        lock.release()
