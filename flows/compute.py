"""Where work is done: in processes on this machine, or by the workers of a Dask cluster.

Prefect keeps the record of a night, a task for each step of each source. Batches are no Prefect
tasks: such a one costs 95–170 ms on Dask, starts a server on every worker that is not given one,
and would not be there for `--direct`. So batches go to Dask as they are, with Prefect or without.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

if TYPE_CHECKING:
    from flows.children import Allowance, Died

T = TypeVar("T")
R = TypeVar("R")

Address = Annotated[str, Field(pattern=r"^(tcp|tls)://[\w.:\[\]-]+:\d+$")]


class Compute(BaseModel):
    """The task runner: `[compute]` in `config/policy.toml`.

    Attributes:
        runner: Child processes here, or a Dask cluster.
        address: The cluster's scheduler; without it, a cluster is started on this machine.
        workers: How many processes; one per core unless told. A cluster with an address has as
            many as it has.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    runner: Literal["processes", "dask"] = "processes"
    address: Address | None = None
    workers: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _address_of_dask(self) -> Self:
        if self.address and self.runner != "dask":
            raise ValueError('an address is for runner = "dask"')
        return self

    @property
    def here(self) -> bool:
        """Tell whether the workers see this machine's files."""
        return self.runner == "processes"


class ComputeError(Exception):
    """Say why the workers cannot be used, and what to do."""


def spread(
    act: Callable[[Sequence[T]], R],
    work: Iterable[Sequence[T]],
    compute: Compute,
    allowance: "Allowance | None" = None,
) -> Iterator[tuple[Sequence[T], "R | Died"]]:
    """Do work in other processes, batch by batch, as they are done.

    Args:
        act: Done to each batch; it and what it takes and gives must be picklable.
        work: The batches; with Dask they are made as they are needed, a few ahead.
        compute: Where.
        allowance: What each item may need, here; a cluster has limits of its own.

    Yields:
        Each batch and what it came to. An item that kills its process again and again comes in a
        batch of its own, with how it ended; the others of its batch are done again.

    Raises:
        ComputeError: When there is no cluster, or none any more.
    """
    if compute.here:
        return _here(act, list(work), compute, allowance)
    try:
        from flows import cluster  # noqa: PLC0415  Dask is an extra
    except ImportError as error:
        raise ComputeError(
            f'compute.runner is "dask", but {error.name} is not installed. Nothing was changed. '
            "Run pip install '.[bot,dask]', or set it to \"processes\"."
        ) from None
    return _told(cluster.spread(act, work, compute))


def _here(
    act: Callable[[Sequence[T]], R],
    work: Sequence[Sequence[T]],
    compute: Compute,
    allowance: "Allowance | None",
) -> Iterator[tuple[Sequence[T], "R | Died"]]:
    from flows import children  # noqa: PLC0415  OpenCV, only where there is work

    allowed = allowance or children.STANDARD
    return children.spread(act, work, workers=compute.workers, allowance=allowed)


def _told(
    came: Iterable[tuple[Sequence[T], R | None]],
) -> Iterator[tuple[Sequence[T], "R | Died"]]:
    """Say of an item that ended its processes on a cluster that it did; how is not known."""
    from flows.children import Died  # noqa: PLC0415

    for batch, done in came:
        yield batch, Died(None) if done is None else done
