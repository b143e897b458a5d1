"""Read new pictures from their clones and process them in child processes, in order."""

import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from covid19_images.images.decode import Limits
from covid19_images.images.refused import Refused
from flows.publish import ReleaseError
from flows.publish.image.process import Processed, process
from flows.sandbox.base import Compute
from flows.sandbox.processes import Allowance, WorkerCrashed, batches, start_item_timer
from flows.sandbox.spread import spread
from flows.upstream import blobs

_BATCH = 8  # images; their PNGs travel between processes

Wanted = tuple[str, str]  # image id and blob


def process_batch(batch: Sequence[Wanted], clone: Path, limits: Limits) -> list[Processed | str]:
    """Process a few blobs of one clone; a reason stands where there is no picture."""
    contents = blobs.read(clone, [blob for _, blob in batch], max_bytes=limits.max_bytes)
    return [
        content.reason if isinstance(content, Refused) else _processed(content, image, limits)
        for (image, _), (_, content) in zip(batch, contents, strict=True)
    ]


def _processed(content: bytes, image: str, limits: Limits) -> Processed | str:
    start_item_timer()
    done = process(content, image, limits=limits)
    return done.reason if isinstance(done, Refused) else done


def processed(
    clone: Path,
    wanted: Sequence[Wanted],
    limits: Limits,
    *,
    compute: Compute = Compute(),  # noqa: B008  frozen
    allowance: Allowance = Allowance(),  # noqa: B008  frozen
) -> Iterator[Processed]:
    """Process pictures and yield them in the order asked, keeping only a few at a time.

    A picture that crashes a worker is tried once more, alone; the others go on.

    Args:
        clone: The bare clone; it holds the blobs.
        wanted: Image ids and blobs, each pair once.
        limits: What is too large.
        compute: How many processes; always on this machine, where the clone is.
        allowance: What one file may need.

    Raises:
        ReleaseError: One of them cannot be read, although the manifest says so.
    """
    ahead = 2 * (compute.workers or os.cpu_count() or 1)
    act = partial(process_batch, clone=clone, limits=limits)
    early: dict[Wanted, Processed] = {}
    left = iter(wanted)
    expected = next(left, None)
    work = batches(wanted, size=_BATCH)
    for batch, done in spread(act, work, compute.on_this_machine(), allowance, ahead=ahead):
        early |= _checked(batch, done)
        while expected in early:
            yield early.pop(expected)
            expected = next(left, None)


def _checked(
    batch: Sequence[Wanted], done: list[Processed | str] | WorkerCrashed
) -> dict[Wanted, Processed]:
    if isinstance(done, WorkerCrashed):
        [(image, _)] = batch
        raise ReleaseError(
            f"The decoder {done.reason.replace('this file', image)}. Nothing was published. Look "
            "at this image; take it out with [[exclude]] in config/decisions.toml if need be."
        )
    found = {}
    for (image, blob), result in zip(batch, done, strict=True):
        if isinstance(result, str):
            raise ReleaseError(
                f"{image} (blob {blob[:12]}) is active in the manifest, but cannot be read: "
                f"{result}. Nothing was published. Run a night to have it described anew."
            )
        found[image, blob] = result
    return found
