"""Where the duplicate benchmarks get their pictures: folders, and git bundles of upstreams."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.features import Features, extract
from covid19_images.duplicates.picture import Item
from covid19_images.images.fingerprint import Fingerprint, fingerprint_and_grey
from covid19_images.images.refused import Refused

File = tuple[str, bytes]


def files(places: list[Path]) -> Iterator[File]:
    """Read all files of some folders, bare repositories and bundles (their `master`)."""
    for place in places:
        if place.suffix == ".bundle":
            with TemporaryDirectory() as folder:
                clone = Path(folder) / f"{place.stem}.git"
                _git(Path(folder), "clone", "--quiet", "--bare", str(place.resolve()), str(clone))
                yield from _tree(place.stem, clone)
        elif place.suffix == ".git":
            yield from _tree(place.stem, place)
        else:
            for path in sorted(p for p in place.rglob("*") if p.is_file()):
                yield f"{place.name}/{path.relative_to(place)}", path.read_bytes()


def _git(folder: Path, *words: str, text: bytes = b"") -> bytes:
    done = subprocess.run(
        ["git", "-C", str(folder), *words], input=text, capture_output=True, check=True
    )
    return done.stdout


def _tree(name: str, repository: Path) -> Iterator[File]:
    lines = _git(repository, "ls-tree", "-r", "-z", "master").decode().split("\0")[:-1]
    rows = [line.split("\t", 1) for line in lines]
    ids = [head.split()[2] for head, _ in rows]
    raw = memoryview(_git(repository, "cat-file", "--batch", text="\n".join(ids).encode()))
    at = 0
    for _, path in rows:
        end = at + bytes(raw[at : at + 100]).index(b"\n")
        size = int(bytes(raw[at:end]).split()[2])
        yield f"{name}/{path}", bytes(raw[end + 1 : end + 1 + size])
        at = end + size + 2


def item(key: str, found: Fingerprint, features: Features) -> Item:
    """Make an engine item of one fingerprinted file."""
    return Item(
        key=key,
        source=key.split("/", 1)[0],
        sha256=found.sha256,
        pixels_sha256=found.pixels_sha256,
        phash=found.phash,
        width=found.width,
        height=found.height,
        bit_depth=found.bit_depth,
        modality=found.headers.modality,
        quality=found.quality,
        patient_id=found.headers.patient,
        series_id=found.headers.series,
        features=features,
    )


def describe(file: File) -> tuple[Item, NDArray[np.uint8]] | None:
    """Decode one file once, for all that the engine asks; None where it is no picture."""
    cv2.setNumThreads(1)
    found = fingerprint_and_grey(file[1])
    if isinstance(found, Refused):
        return None
    return item(file[0], found[0], extract(found[1])), found[1]


def describe_batch(some: tuple[File, ...]) -> list[Item]:
    """Describe some files, without their pixels."""
    return [both[0] for both in map(describe, some) if both is not None]


def describe_all(some: list[File], *, workers: int = 2) -> list[Item]:
    """Describe files in parallel."""
    with ProcessPoolExecutor(workers) as pool:
        return [one for many in pool.map(describe_batch, _batches(some)) for one in many]


def _batches(some: list[File]) -> list[tuple[File, ...]]:
    return [tuple(some[at : at + 16]) for at in range(0, len(some), 16)]
