"""Count the time that programs take together, and say how much a long work still needs."""

import time
from collections.abc import Callable, Iterator
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


class Pace:
    """Report now and then how far a long work is, and how long the rest of it may take."""

    _EVERY_S = 5.0

    def __init__(self, what: str, say: Callable[[str], None]) -> None:
        """Name the work; nothing is said of one that is done in a few seconds."""
        self._what, self._say = what, say
        self._all, self._done, self._skipped = 0, 0, 0
        self._begun = self._shown_at_s = time.monotonic()

    def begin(self, total: int) -> None:
        """Start the clock of so much work."""
        self._all, self._done, self._skipped = total, 0, 0
        self._begun = self._shown_at_s = time.monotonic()

    def skip(self, part: int) -> None:
        """Count a part that was done before: it says nothing about how long the others take."""
        self._skipped += part

    def add(self, part: int) -> None:
        """Count a part that is done."""
        self._done += part
        now = time.monotonic()
        left = self._all - self._done - self._skipped
        if now - self._shown_at_s < self._EVERY_S or not left or not self._done:
            return
        self._shown_at_s = now
        left_s = (now - self._begun) * left / self._done
        self._say(f"{self._what}: {1 - left / self._all:.0%} done, about {_shown(left_s)} left")


def _shown(seconds: float) -> str:
    """Return a time as people say it.

    >>> _shown(40), _shown(600), _shown(20_000)
    ('1 min', '10 min', '5.6 h')
    """
    minutes = max(1, round(seconds / 60))
    return f"{minutes} min" if minutes < 120 else f"{seconds / 3600:.1f} h"
