"""Time decoding and pair verification by one and by two workers, in processes and on Dask.

python -m benchmarks.workers            150 synthetic radiographs, each in two sizes

Every way must give the same bytes. The start of the workers is part of the time.
"""

import hashlib
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from covid19_images.duplicates import engine
from covid19_images.duplicates.features import Features
from covid19_images.duplicates.picture import Item
from covid19_images.images.decode import Limits
from covid19_images.images.fingerprint import Fingerprint
from flows.decoding.decode import Batch, decode
from flows.demo.copies import encode
from flows.demo.radiograph import radiograph
from flows.night.compare.verify import BATCH, verified
from flows.sandbox.base import Compute
from flows.sandbox.processes import batches
from flows.sandbox.spread import spread
from flows.upstream import git

WAYS = (
    Compute(workers=1),
    Compute(workers=2),
    Compute(runner="dask", workers=1),
    Compute(runner="dask", workers=2),
)


def _clone(folder: Path, images: int) -> list[str]:
    """Store each picture twice, large and half as large, as JPEG; return the blobs."""
    git.call("init", "--quiet", "--bare", str(folder))
    blobs = []
    for seed in range(images):
        for side in (1024, 512):
            content = encode(radiograph(seed, size=(side, side)), "jpeg", quality=90)
            stored = git.call("hash-object", "-w", "--stdin", folder=folder, stdin=content)
            blobs.append(stored.decode().strip())
    return blobs


def _item(blob: str, features: Features | None, result: object) -> Item:
    assert features
    assert isinstance(result, Fingerprint)
    return Item(
        key=f"bench/{blob}",
        source="bench",
        blob=blob,
        phash=result.phash,
        width=result.width,
        height=result.height,
        features=features,
    )


def _digest(done: Batch) -> str:
    parts = sorted(
        (blob, repr(one.result), one.features.to_bytes() if one.features else b"")
        for blob, one in done.items()
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def main(
    images: Annotated[int, typer.Option(help="Pictures; each has one copy.")] = 150,
    pairs: Annotated[int, typer.Option(help="Candidates to verify.")] = 2_000,
) -> None:
    """Print images and pairs a second for each way, and check that all give the same."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "clone.git")
        blobs = _clone(folder, images)
        done = _decoding(folder, blobs)
    items = [_item(blob, one.features, one.result) for blob, one in sorted(done.items())]
    _verifying(items, pairs)


def _decoding(folder: Path, blobs: Sequence[str]) -> Batch:
    digests = set()
    done: Batch = {}
    for way in WAYS:
        began = time.perf_counter()
        done = decode(folder, blobs, limits=Limits(), keep=lambda _: None, compute=way)
        _line("decode", "images", len(blobs), time.perf_counter() - began, way)
        digests.add(_digest(done))
    _same(digests)
    return done


def _verifying(items: Sequence[Item], pairs: int) -> None:
    """Verify the candidates of the collection, over and over until there are enough."""
    candidates: list[engine.Candidate] = []

    def noted(_: Callable[..., object], some: object) -> list[None]:
        candidates.extend(some)  # type: ignore[call-overload]
        return []

    engine.find(items, [], spread=noted)
    many = (candidates * (1 + pairs // len(candidates)))[:pairs]
    digests = set()
    for way in WAYS:
        began = time.perf_counter()
        work = batches([*enumerate(many)], size=BATCH)
        done = [pairs for _, some in spread(verified, work, way) for pairs in some]
        found = sorted(done, key=lambda pair: (pair.a, pair.b))
        _line("verify", "pairs", len(many), time.perf_counter() - began, way)
        digests.add(hashlib.sha256(repr(found).encode()).hexdigest()[:12])
    _same(digests)


def _line(what: str, unit: str, count: int, seconds: float, way: Compute) -> None:
    print(
        f"{what}  {way.runner:<9} {way.workers} {'worker' if way.workers == 1 else 'workers'}"
        f"{count / seconds:>10,.1f} {unit}/s {seconds:>8.2f} s"
    )


def _same(digests: set[str]) -> None:
    print("same bytes" if len(digests) == 1 else "DIFFERENT BYTES")


if __name__ == "__main__":
    typer.run(main)
