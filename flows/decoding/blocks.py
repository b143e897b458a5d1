"""Keep what pictures are searched by on disk: their words and hashes, in blocks of some thousands.

A block is a folder of NumPy's own files, which are mapped into memory when a search opens them: it
reads the pages that it needs, and whole features are read of candidates only. Like the rest of the
cache, all of it may be deleted at any time, and is made anew from the features.
"""

import hashlib
import io
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covid19_images import duplicates
from covid19_images.duplicates.blocks import Block, cut, owners
from covid19_images.duplicates.features import Features
from covid19_images.duplicates.search import MOST_OWNERS, Postings
from flows.decoding.cache import VERSION

_LOG = logging.getLogger(__name__)
_AT_ONCE = 4096  # pictures whose features are in memory together: 60 MB

Look = Callable[[Sequence[str]], Mapping[str, Features]]


@dataclass(frozen=True, slots=True)
class Stored:
    """A block on disk.

    Attributes:
        folder: Where; it is called after what it holds.
        blobs: The pictures, by blob id, in the order of their numbers.
    """

    folder: Path
    blobs: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return what it is called: another name holds other pictures."""
        return self.folder.name

    def open(self) -> Block:
        """Return the block, mapped into memory: what is not looked at is not read."""
        entries, starts, pictures, hashes, hashed = (
            np.asarray(np.load(self.folder / f"{name}.npy", mmap_mode="r"))
            for name in ("entries", "starts", "pictures", "hashes", "hashed")
        )
        return Block(Postings(entries, starts), pictures, hashes, hashed)


@cache
def code() -> str:
    """Return the digest of all that decides what is found: the engine, and what computes for it."""
    digest = hashlib.sha256(VERSION.encode())
    for file in sorted(Path(duplicates.__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    for library in ("numpy", "opencv-python-headless"):
        digest.update(version(library).encode())
    return digest.hexdigest()[:16]


def covering(folder: Path, hashes: Mapping[str, str | None], look: Look) -> list[Stored]:
    """Return blocks that hold some pictures; make those that are missing.

    Args:
        folder: Where blocks are; those of other versions are removed.
        hashes: The perceptual hash of each picture, by blob id.
        look: Gives features by blob id; pictures whose features cannot be had are left out.
    """
    home = folder / code()
    for other in folder.glob("*") if folder.is_dir() else ():
        if other != home:
            _remove(other)
    home.mkdir(parents=True, exist_ok=True)
    for cut_short in {*home.iterdir()} - {*home.glob("block-*")}:
        _remove(cut_short)
    stored = [one for one in _stored(home) if not hashes.keys().isdisjoint(one.blobs)]
    there = {blob for one in stored for blob in one.blobs}
    missing = iter([blob for blob in hashes if blob not in there])
    while some := list(islice(missing, _AT_ONCE)):
        found = look(some)
        having = [blob for blob in some if blob in found]
        for part in cut([owners(found[blob]) for blob in having], MOST_OWNERS):
            pictures = [(hashes[blob], found[blob]) for blob in having[part]]
            _add(home, stored, having[part], Block.of(pictures))
    return sorted(stored, key=lambda one: one.name)


def _stored(home: Path) -> Iterator[Stored]:
    for folder in sorted(home.glob("block-*")):
        try:
            one = Stored(folder, tuple(np.load(folder / "blobs.npy").tolist()))
            one.open()
        except (OSError, ValueError, EOFError) as error:
            _remove(folder)
            _LOG.warning("%s was damaged (%s); it is made anew.", folder, error)
        else:
            yield one


def _add(home: Path, stored: list[Stored], blobs: Sequence[str], new: Block) -> None:
    """Store a block, as one with the smallest that is there if that has room."""
    smallest = min(stored, key=lambda one: len(one.blobs), default=None)
    if smallest is not None:
        old = smallest.open()
        if len(old.pictures) + len(new.pictures) <= MOST_OWNERS:
            stored.remove(smallest)
            stored.append(
                _write(home, [*smallest.blobs, *blobs], old.plus(new, len(smallest.blobs)))
            )
            _remove(smallest.folder)
            return
    stored.append(_write(home, blobs, new))


def _write(home: Path, blobs: Sequence[str], block: Block) -> Stored:
    """Write a block beside its place, and move it there when it is whole."""
    name = hashlib.sha256("\n".join(blobs).encode()).hexdigest()[:24]
    place, scratch = home / f"block-{name}", Path(mkdtemp(dir=home))
    arrays = {
        "blobs": np.array(blobs),
        "entries": block.postings.entries,
        "starts": block.postings.starts,
        "pictures": block.pictures,
        "hashes": block.hashes,
        "hashed": block.hashed,
    }
    for field, values in arrays.items():
        (scratch / f"{field}.npy").write_bytes(saved(values))
    if place.exists():
        _remove(place)
    scratch.replace(place)
    return Stored(place, tuple(blobs))


def saved(values: NDArray[Any]) -> memoryview:
    """Return an array as NumPy's file; written by NumPy itself, a full disk has no errno."""
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    return buffer.getbuffer()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
