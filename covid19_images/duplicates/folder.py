"""Read every picture below a folder, on all cores."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from threadpoolctl import threadpool_limits

from covid19_images.duplicates.detail import detail_of
from covid19_images.duplicates.features import extract
from covid19_images.duplicates.picture import Item
from covid19_images.images.decode import Limits
from covid19_images.images.fingerprint import fingerprint_and_grey
from covid19_images.images.refused import Refused

Say = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that is no picture, and why."""

    path: str
    reason: str


def read_folder(
    folder: Path | str, *, workers: int | None = None, say: Say = lambda _done, _all: None
) -> list[Item | RefusedFile]:
    """Read all files below a folder, sorted by path.

    Args:
        folder: Where to look; links are not followed, hidden files and folders are left out.
        workers: Threads; one per core by default.
        say: Called after every few files with how many are read, and of how many.

    Raises:
        NotADirectoryError: When there is no such folder.
    """
    root = Path(folder)
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is not a folder. Name one that holds pictures.")
    paths = sorted(paths_below(root))
    read = []
    with at_once(workers) as threads:
        for done, one in enumerate(threads.map(partial(read_file, root), paths), start=1):
            say(done, len(paths))
            read.append(one)
    return read


@contextmanager
def at_once(workers: int | None = None) -> Iterator[ThreadPoolExecutor]:
    """Open a pool of threads for pictures: decoding, features and geometry release the interpreter.

    A script that uses threads needs no `if __name__ == "__main__"`, as it would with processes.
    BLAS is kept to one core meanwhile, or its own threads would spin beside ours.

    Args:
        workers: How many; one per core by default.
    """
    with threadpool_limits(1), ThreadPoolExecutor(workers or os.cpu_count()) as threads:
        yield threads


def paths_below(root: Path) -> Iterator[str]:
    """Yield the files below a folder; links are not followed, hidden ones are left out."""
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if not name.startswith(".")]
        for name in names:
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield str(path.relative_to(root))


def read_file(root: Path, path: str) -> Item | RefusedFile:
    """Read one picture, or say why it is none."""
    limits = Limits()
    file = root / path
    size = file.stat().st_size
    if size > limits.max_bytes:
        return RefusedFile(path, f"the file has {size:,} bytes; the limit is {limits.max_bytes:,}")
    both = fingerprint_and_grey(file.read_bytes(), limits=limits)
    if isinstance(both, Refused):
        return RefusedFile(path, both.reason)
    print_, grey = both
    return Item(
        key=path,
        source="",
        sha256=print_.sha256,
        pixels_sha256=print_.pixels_sha256,
        phash=print_.phash,
        width=print_.width,
        height=print_.height,
        bit_depth=print_.bit_depth,
        quality=print_.quality,
        modality=print_.headers.modality,
        patient_id=print_.headers.patient,
        series_id=print_.headers.series,
        detail=detail_of(grey),
        features=extract(grey),
    )
