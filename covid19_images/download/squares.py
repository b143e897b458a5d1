"""Squares of one size, kept ready in a file that is mapped into memory.

DIR/cache/sized<size>-<source>-<digest>.npy holds all pictures of one source that a copy has, in the
order of their keys, and a sum that is checked when it is opened. Where the copy is read-only the
cache is elsewhere; see `covid19_images.download.cache`. The digest names what is in it, so that
another release or a source fetched later is another file. It is written beside its place and moved
there when it is whole: processes that build it at the same time do the work twice and disturb
nobody.
"""

import hashlib
import io
import os
import zlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covid19_images.download.cache import CACHE, VARIABLE, cache_folder
from covid19_images.download.copy import LocalCopy, LocalCopyError
from covid19_images.manifest.inside import below
from covid19_images.manifest.record import Record
from covid19_images.manifest.whole import replacing

Levels = NDArray[np.uint8]
Say = Callable[[str, int, int], None]
"""Called with what is being prepared, how many pictures are done, and of how many."""

_RULE = 2  # of preparing squares; another one makes other files
_SUM_BYTES = 4  # a CRC-32 of all that is before it ends a file
_CHUNK_BYTES = 1 << 22


def quiet(what: str, done: int, total: int) -> None:
    """Report no progress."""
    del what, done, total


@dataclass(slots=True)
class Squares:
    """Pictures of one size in memory-mapped files; it travels to other processes by its paths.

    Attributes:
        files: The arrays.
        where: Of each picture, which file it is in and at which place; shape (n, 2).
        size: Side in pixels.
    """

    files: tuple[Path, ...]
    where: NDArray[np.int64]
    size: int
    _maps: dict[int, Levels] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.where)

    def __getstate__(self) -> tuple[Any, ...]:
        return self.files, self.where, self.size

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.files, self.where, self.size = state
        self._maps = {}

    def one(self, index: int) -> Levels:
        """Return one picture, shape (size, size), as a view that cannot be written."""
        file, place = self.where[index]
        return self._map(int(file))[place]  # type: ignore[no-any-return]

    def take(self, indices: Sequence[int] | NDArray[np.integer[Any]]) -> Levels:
        """Copy pictures, shape (k, size, size)."""
        asked = self.where[np.asarray(indices, dtype=np.int64)]
        if len(self.files) == 1:
            return self._map(0)[asked[:, 1]]
        taken = np.empty((len(asked), self.size, self.size), np.uint8)
        for file in np.unique(asked[:, 0]):
            here = asked[:, 0] == file
            taken[here] = self._map(int(file))[asked[here, 1]]
        return taken

    def _map(self, file: int) -> Levels:
        found = self._maps.get(file)
        if found is None:
            found = np.load(self.files[file], mmap_mode="r").view(np.ndarray)
            self._maps[file] = found
        return found


def squares(copy: LocalCopy, records: Sequence[Record], size: int, say: Say = quiet) -> Squares:
    """Get pictures ready, building what is not there yet.

    Args:
        copy: The local copy.
        records: Rows it holds.
        size: Side in pixels.
        say: Called with the progress while something is built.

    Raises:
        LocalCopyError: A picture cannot be read, or the cache cannot be written.
    """
    sources = sorted({record.source for record in records})
    files: list[Path] = []
    where: dict[str, tuple[int, int]] = {}
    for number, source in enumerate(sources):
        present = _present(copy, source)
        files.append(_stored(copy, source, present, size, say))
        where |= {record.key: (number, at) for at, record in enumerate(present)}
    places = [where[record.key] for record in records]
    return Squares(tuple(files), np.array(places, np.int64).reshape(-1, 2), size)


def _present(copy: LocalCopy, source: str) -> list[Record]:
    """List the rows of a source whose pictures a copy has."""
    rows = (r for r in copy.records if r.source == source and r.status == "active")
    return sorted((row for row in rows if copy.holds(row)), key=lambda row: row.key)


def _stored(copy: LocalCopy, source: str, records: Sequence[Record], size: int, say: Say) -> Path:
    named = "\n".join([f"{_RULE} {size}", *(f"{r.image_id} {r.key}" for r in records)])
    digest = hashlib.sha256(named.encode()).hexdigest()[:16]
    name, shape = f"sized{size}-{source}-{digest}.npy", (len(records), size, size)
    shipped = copy.folder / CACHE / name  # a copy that is shared may have it already
    if _whole(shipped, shape):
        return shipped
    file = cache_folder(copy.folder) / name
    if file == shipped or not _whole(file, shape):
        try:
            below(file.parent, name)
            _build(file, copy, records, size, say)
        except OSError as error:
            raise LocalCopyError(
                f"{file} could not be written ({error}). Nothing else was changed. Make room or "
                f"let this user write there, or name another folder in ${VARIABLE}."
            ) from None
    return file


def _whole(file: Path, shape: tuple[int, ...]) -> bool:
    """Return whether a file holds an array of that shape, and every byte that was written to it."""
    try:
        found = np.load(file, mmap_mode="r")
        if found.shape != shape or found.dtype != np.uint8:
            return False
        stamp = file.stat()
        return _is_right(file, stamp.st_size, stamp.st_mtime_ns)
    except (OSError, ValueError, EOFError):
        return False


@lru_cache(maxsize=256)
def _is_right(file: Path, size: int, mtime_ns: int) -> bool:
    """Return whether a file ends with the sum of what is before; read once while it is the same."""
    del mtime_ns
    left, crc = size - _SUM_BYTES, 0
    with file.open("rb") as stream:
        while left > 0 and (piece := stream.read(min(left, _CHUNK_BYTES))):
            left, crc = left - len(piece), zlib.crc32(piece, crc)
        return left == 0 and stream.read() == crc.to_bytes(_SUM_BYTES, "big")


def _build(file: Path, copy: LocalCopy, records: Sequence[Record], size: int, say: Say) -> None:
    with replacing(file) as part:
        _fill(part, copy, records, size, say)


def _fill(part: Path, copy: LocalCopy, records: Sequence[Record], size: int, say: Say) -> None:
    shape = (len(records), size, size)
    with part.open("wb") as out:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        begin = io.BytesIO()
        np.lib.format.write_array_header_1_0(begin, header)
        out.write(begin.getvalue())
        crc = zlib.crc32(begin.getvalue())
        for done, levels in enumerate(_sized(copy, records, size), start=1):
            say(f"Preparing {records[0].source}", done, len(records))
            content = np.ascontiguousarray(levels).tobytes()
            crc = zlib.crc32(content, crc)
            out.write(content)
        out.write(crc.to_bytes(_SUM_BYTES, "big"))
        out.flush()
        os.fsync(out.fileno())
    if not _whole(part, shape):
        raise OSError(f"{part} is not what was written to it")


def _sized(copy: LocalCopy, records: Sequence[Record], size: int) -> Iterable[Levels]:
    # Threads: decoding releases the interpreter. In parts, so that few pictures wait in memory.
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        for at in range(0, len(records), 256):
            part = records[at : at + 256]
            yield from threads.map(lambda record: copy.array(record, size=size), part)


def as_floats(levels: Levels) -> NDArray[np.float32]:
    """Map 0..255 to 0..1 by a division, which every framework does with the same result.

    >>> as_floats(np.array([0, 255], np.uint8)).tolist()
    [0.0, 1.0]
    """
    return np.divide(levels, np.float32(255), dtype=np.float32)
