"""Do work in other processes: on this machine, or by the workers of a Dask cluster.

Prefect keeps the record of a night, a task for each step of each source. Batches are no Prefect
tasks: such a one costs 95–170 ms on Dask, starts a server on every worker that is not given one,
and would not be there for `--direct`. So batches go to Dask as they are, with Prefect or without.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from flows.sandbox.base import Compute, ComputeError

if TYPE_CHECKING:
    from flows.sandbox.processes import Allowance, WorkerCrashed

T = TypeVar("T")
R = TypeVar("R")


def spread(
    act: Callable[[Sequence[T]], R],
    work: Iterable[Sequence[T]],
    compute: Compute,
    allowance: "Allowance | None" = None,
    *,
    ahead: int | None = None,
) -> Iterator[tuple[Sequence[T], "R | WorkerCrashed"]]:
    """Run work in other processes; yield batch by batch, as they are done.

    Args:
        act: Done to each batch; it and what it takes and gives must be picklable.
        work: The batches; they are made as they are needed, a few ahead.
        compute: Where.
        allowance: What each item may need, here; a cluster has limits of its own.
        ahead: How many batches may be begun before the oldest one is done; any number by default.
            A cluster has only a few under way in any case.

    Yields:
        Each batch and its result. An item that kills its process again and again comes in a
        batch of its own, with how it ended; the others of its batch are done again.

    Raises:
        ComputeError: When there is no cluster, or none any more.
    """
    if compute.here:
        return _here(act, work, compute, allowance, ahead)
    try:
        from flows.sandbox import dask  # noqa: PLC0415  Dask is an extra
    except ImportError as error:
        raise ComputeError(
            f'compute.runner is "dask", but {error.name} is not installed. Nothing was changed. '
            "Run pip install '.[bot,dask]', or set it to \"processes\"."
        ) from None
    return _mark_crashed(dask.spread(act, work, compute))


def _here(
    act: Callable[[Sequence[T]], R],
    work: Iterable[Sequence[T]],
    compute: Compute,
    allowance: "Allowance | None",
    ahead: int | None,
) -> Iterator[tuple[Sequence[T], "R | WorkerCrashed"]]:
    from flows.sandbox import processes  # noqa: PLC0415  OpenCV, only where there is work

    allowed = allowance or processes.STANDARD
    return processes.spread(act, work, workers=compute.workers, allowance=allowed, ahead=ahead)


def _mark_crashed(
    results: Iterable[tuple[Sequence[T], R | None]],
) -> Iterator[tuple[Sequence[T], "R | WorkerCrashed"]]:
    """Mark an item that ended its processes on a cluster as crashed; how is not known."""
    from flows.sandbox.processes import WorkerCrashed  # noqa: PLC0415

    for batch, done in results:
        yield batch, WorkerCrashed(None) if done is None else done
