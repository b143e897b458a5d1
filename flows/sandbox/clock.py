"""Count the time that programs run for one source take together."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Clock:
    """Time that the programs of one source may take in one run, one after the other."""

    def __init__(self, limit_s: float, source: str = "") -> None:
        """Start with nothing spent."""
        self.limit_s = limit_s
        self.source = source
        self.spent_s = 0.0

    @property
    def left_s(self) -> float:
        """Return how much of the time is left; never less than nothing."""
        return max(0.0, self.limit_s - self.spent_s)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time that the block takes."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.spent_s += time.monotonic() - begun

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Let every program that this thread runs meanwhile be counted, and end with the time."""
        before = _CURRENT.set(self)
        try:
            yield
        finally:
            _CURRENT.reset(before)


_CURRENT: ContextVar[Clock | None] = ContextVar("clock", default=None)


def clock_in_force() -> Clock:
    """Return the clock that counts what this thread runs; an endless one where there is none."""
    return _CURRENT.get() or Clock(float("inf"))
