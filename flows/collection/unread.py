"""Rows of a table that are read when one of them is asked for, and once."""

from collections.abc import Callable, Iterator, Sequence
from threading import RLock
from typing import Generic, TypeVar, overload

T = TypeVar("T")

# Sources are visited in threads, and GitPython asks one process for all objects.
ONE_READER = RLock()


class Unread(Sequence[T], Generic[T]):
    """The rows of a table; equal to a tuple of the same rows."""

    __slots__ = ("_load", "_rows")

    def __init__(self, load: Callable[[], Sequence[T]]) -> None:
        """Remember how they are read.

        Args:
            load: Reads them.
        """
        self._load = load
        self._rows: tuple[T, ...] | None = None

    @property
    def is_read(self) -> bool:
        """Return whether all rows were read."""
        return self._rows is not None

    @property
    def rows(self) -> tuple[T, ...]:
        """Return them all."""
        if self._rows is None:
            with ONE_READER:
                if self._rows is None:
                    self._rows = tuple(self._load())
        return self._rows

    @overload
    def __getitem__(self, at: int) -> T: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[T, ...]: ...

    def __getitem__(self, at: int | slice) -> T | tuple[T, ...]:
        return self.rows[at]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[T]:
        return iter(self.rows)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, Unread):
            return self.rows == other.rows
        return self.rows == other if isinstance(other, tuple) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # what is equal to it may be a tuple

    def __repr__(self) -> str:
        read = "unread" if self._rows is None else f"{len(self._rows):,} rows"
        return f"{type(self).__name__}({read})"
