"""Spread work over the workers of a Dask cluster, whichever of them die meanwhile.

Batches travel with their bytes, so no worker needs a folder of ours. They are arguments rather
than scattered data: what a crashed worker had would be gone, what the scheduler holds is sent
again. Only a few are under way at a time, so its memory stays small.
"""

import hashlib
import logging
import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import cv2
import dask
from distributed import Client, KilledWorker, LocalCluster, TimeoutError, wait  # noqa: A004
from threadpoolctl import threadpool_limits

from flows.sandbox.base import Compute, ComputeError

T = TypeVar("T")
R = TypeVar("R")

PATIENCE_S = 60.0  # without any worker; a nanny has a dead one back in a second or two
_LOOK_S = 5.0
_AHEAD = 2  # batches under way for each thread of the cluster
_OURS = ("covid19_images", "flows")
_LIBRARIES = ("imagehash", "nibabel", "numpy", "opencv-python-headless", "pillow", "pydicom")
_SETTINGS = {
    "distributed.admin.large-graph-warning-threshold": "1GB",  # one file may be 256 MB
    "distributed.comm.timeouts.connect": "20s",
}


class OtherCodeError(ComputeError):
    """Raised when a worker would produce other bytes than this machine."""


def spread(
    act: Callable[[Sequence[T]], R], work: Iterable[Sequence[T]], compute: Compute
) -> Iterator[tuple[Sequence[T], R | None]]:
    """Run work on a cluster; see `flows.sandbox.spread.spread`."""
    batches = iter(work)
    first = next(batches, None)
    if first is None:
        return
    broken: list[Sequence[T]] = []
    with _connected(compute) as client:
        for batch, future in _done(client, act, _chained(first, batches)):
            try:
                yield batch, future.result()
            except KilledWorker:
                broken.append(batch)
        # One after the other, so that no innocent is blamed for its neighbour.
        for batch in broken:
            for i in range(len(batch)):
                [(alone, future)] = _done(client, act, [batch[i : i + 1]])
                yield alone, _unless_killed(future)


def _chained(first: T, others: Iterator[T]) -> Iterator[T]:
    yield first
    yield from others


def _unless_killed(future: Any) -> Any:  # noqa: ANN401  distributed has no types
    try:
        return future.result()
    except KilledWorker:
        return None


def _done(
    client: Client, act: Callable[[Sequence[T]], R], work: Iterable[Sequence[T]]
) -> Iterator[tuple[Sequence[T], Any]]:
    """Keep a few batches under way, and yield those that are done or failed."""
    batches = iter(work)
    ahead = _AHEAD * max(1, sum(client.nthreads().values()))
    made = _code()
    under_way: dict[Any, Sequence[T]] = {}
    while True:
        for batch in islice(batches, ahead - len(under_way)):
            # In one piece: Dask would look for futures in every tuple, and take the pictures that
            # pairs share apart.
            sent = pickle.dumps((act, batch), pickle.HIGHEST_PROTOCOL)
            under_way[client.submit(_act, made, sent, pure=False)] = batch
        if not under_way:
            return
        for future in _wait(client, list(under_way)):
            yield under_way.pop(future), future


def _wait(client: Client, futures: Sequence[Any]) -> list[Any]:
    """Wait for the first; a cluster that stays empty would have us wait for ever."""
    empty_s = 0.0
    while empty_s < PATIENCE_S:
        try:
            return list(wait(futures, timeout=_LOOK_S, return_when="FIRST_COMPLETED").done)
        except TimeoutError:
            empty_s = 0.0 if client.nthreads() else empty_s + _LOOK_S
    raise ComputeError(
        f"The Dask cluster has had no worker for {PATIENCE_S:.0f} s. What was read is kept and "
        "nothing was proposed. Start workers (`dask worker ADDRESS`, with their nannies), and run "
        "again."
    )


@contextmanager
def _connected(compute: Compute) -> Iterator[Client]:
    """Reach the cluster, or start one here, and say so in our words when it goes away."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # it logs what it makes good
    with dask.config.set(_SETTINGS):
        try:
            with _client(compute) as client:
                yield client
        except (OSError, CancelledError) as error:
            where = compute.address or "on this machine"
            raise ComputeError(
                f"The Dask cluster {where} cannot be reached ({str(error).splitlines()[0]}). "
                "What was read is kept and nothing was proposed. Start it and run again, or set "
                'compute.runner = "processes" in config/policy.toml.'
            ) from error


@contextmanager
def _client(compute: Compute) -> Iterator[Client]:
    if compute.address:
        with Client(compute.address) as client:
            yield client
        return
    with (
        LocalCluster(
            n_workers=compute.workers or os.cpu_count() or 1,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def _act(made: tuple[object, ...], sent: bytes) -> object:
    """Run the work on a worker: with one thread, and only where the same code gives the bytes."""
    if made != _code():
        raise OtherCodeError(
            f"A Dask worker has other code than this machine: {_code()} instead of {made}. "
            "Nothing was proposed. Check the same commit out on every worker, and install its "
            "requirements.lock."
        )
    _use_one_thread()
    act, batch = pickle.loads(sent)  # noqa: S301  ours; a cluster runs what its clients send anyway
    return act(batch)


@cache
def _code() -> tuple[object, ...]:
    """Return all that decides the bytes of the result: a digest of our code, and the libraries."""
    digest = hashlib.sha256()
    for name in _OURS:
        spec = find_spec(name)
        for folder in spec.submodule_search_locations or () if spec else ():
            for file in sorted(Path(folder).rglob("*.py")):
                digest.update(f"{name}/{file.relative_to(folder).as_posix()}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return (digest.hexdigest()[:12], *(f"{name} {version(name)}" for name in _LIBRARIES))


@cache
def _use_one_thread() -> None:
    threadpool_limits(1)
    cv2.setNumThreads(1)
