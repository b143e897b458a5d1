"""Run one step for several sources, in threads here or as Prefect tasks elsewhere."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

T = TypeVar("T")


class Each(Protocol):
    """Run a step for several sources, one after the other or at once, keeping their order."""

    def __call__(self, name: str, step: Callable[[str], T], sources: Sequence[str]) -> list[T]:
        """Return what the step gives for each source.

        Args:
            name: What the step is called.
            step: The step; it is given a source's name.
            sources: The names.
        """
        ...


def in_threads(name: str, step: Callable[[str], T], sources: Sequence[str]) -> list[T]:
    """Run a step without any engine; asking upstreams waits mostly, so it runs in threads."""
    del name
    with ThreadPoolExecutor(max_workers=8) as threads:
        return list(threads.map(step, sources))
