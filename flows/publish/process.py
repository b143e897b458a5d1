"""Read new pictures from their clones and process them in child processes, in order."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from covid19_images.images.decode import Limits
from covid19_images.images.refused import Refused
from flows.publish import ReleaseError
from flows.publish.image.process import Processed, process
from flows.sandbox.processes import pool as worker_pool
from flows.upstream import blobs

_BATCH = 8  # images; their PNGs travel between processes

Wanted = tuple[str, str]  # image id and blob


def process_batch(clone: Path, batch: Sequence[Wanted], limits: Limits) -> list[Processed | str]:
    """Process a few blobs of one clone; a reason stands where there is no picture."""
    contents = blobs.read(clone, [blob for _, blob in batch], max_bytes=limits.max_bytes)
    return [
        content.reason if isinstance(content, Refused) else _processed(content, image, limits)
        for (image, _), (_, content) in zip(batch, contents, strict=True)
    ]


def _processed(content: bytes, image: str, limits: Limits) -> Processed | str:
    done = process(content, image, limits=limits)
    return done.reason if isinstance(done, Refused) else done


def processed(
    clone: Path, wanted: Sequence[Wanted], limits: Limits, *, workers: int
) -> Iterator[Processed]:
    """Process pictures and give them back in the order asked, holding only a few at a time.

    Raises:
        ReleaseError: One of them cannot be read, although the manifest says so.
    """
    batches = deque(wanted[i : i + _BATCH] for i in range(0, len(wanted), _BATCH))
    waiting: deque[tuple[Sequence[Wanted], Future[list[Processed | str]]]] = deque()
    with worker_pool(workers) as pool:
        try:
            while batches or waiting:
                while batches and len(waiting) < 2 * workers:
                    batch = batches.popleft()
                    waiting.append((batch, pool.submit(process_batch, clone, batch, limits)))
                batch, future = waiting.popleft()
                yield from _checked(batch, future)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _checked(batch: Sequence[Wanted], future: Future[list[Processed | str]]) -> Iterator[Processed]:
    try:
        results = future.result()
    except BrokenProcessPool:
        images = ", ".join(image for image, _ in batch)
        raise ReleaseError(
            f"The decoder crashed on one of {images}. Nothing was published. Look at these "
            "images; take them out with [[exclude]] in config/decisions.toml if need be."
        ) from None
    for (image, blob), result in zip(batch, results, strict=True):
        if isinstance(result, str):
            raise ReleaseError(
                f"{image} (blob {blob[:12]}) is active in the manifest, but cannot be read: "
                f"{result}. Nothing was published. Run a night to have it described anew."
            )
        yield result
