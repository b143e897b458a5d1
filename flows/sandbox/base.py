"""Choose where work is done: in processes on this machine, or by the workers of a Dask cluster."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Address = Annotated[str, Field(pattern=r"^(tcp|tls)://[\w.:\[\]-]+:\d+$")]


class Compute(BaseModel):
    """The task runner: `[compute]` in `config/policy.toml`.

    Attributes:
        runner: Child processes here, or a Dask cluster.
        address: The cluster's scheduler; without it, a cluster is started on this machine.
        workers: How many processes; one per core by default. A cluster with an address has as
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
        """Return whether the workers see this machine's files."""
        return self.runner == "processes"

    def on_this_machine(self) -> "Compute":
        """Return the same number of processes here, for work that reads this machine's files."""
        return Compute(workers=self.workers)


class ComputeError(Exception):
    """Raised where workers cannot be used: why, and what to do."""
